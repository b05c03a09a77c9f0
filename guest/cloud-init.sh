# What a guest tells of its cloud-init, and of the run lines that it was given.
# result.json tells of this boot alone, and what the lab file has the guest do may have restarted it since the first.
boots_ended_well() { # all or this
  failed=
  [ "$1" = this ] || failed=$(sudo -n sed -n 's/.*Running module \([^ ]*\) .*failed$/\1/p' /var/log/cloud-init.log | sort -u | tr '\n' ' ')
  [ -z "$failed" ] || { echo "these of its modules have failed: ${failed% }; /var/log/cloud-init.log in the VM tells more"; return 1; }
  echo 'ended without errors'
}

cloud_init_ended() { # all or this: which boots count
  [ -e /run/cloud-init/result.json ] || {
    room=$(df --output=avail / | tail -n 1)
    [ "$room" -eq 0 ] && echo 'cloud-init has not ended, and the disk of the VM is full' || echo 'cloud-init has not ended'
    return 1
  }
  # The common case without starting Python, which takes half a second under emulation.
  while read -r line; do
    case $line in '"errors": []' | '"errors": [],')
      boots_ended_well "$1"
      return
      ;;
    esac
  done < /run/cloud-init/result.json
  errors=$(python3 -c 'import json; print("; ".join(json.load(open("/run/cloud-init/result.json"))["v1"]["errors"]))')
  [ -z "$errors" ] || { echo "$errors"; return 1; }
  boots_ended_well "$1"
}

cloud_init_works() { # It may still restart the guest when it has said that it is done (power_state).
  grep -qszE '^(/usr)?(/local)?/bin/cloud-init$|^/run/labnet/gate\.py$' /proc/[0-9]*/cmdline
}

# What guest/first-boot.sh has noted: the lines that began, how each ended, whether there will be more, and what the one
# that failed said last, in base 64; with semicolons between.
tell_run_lines() {
  place=/var/lib/labnet
  begun='' ended='' said=''
  if [ -r "$place/begun" ]; then
    while read -r number; do begun="$begun $number"; done < "$place/begun"
  fi
  if [ -r "$place/ended" ]; then
    while read -r number status; do ended="$ended $number:$status"; done < "$place/ended"
  fi
  [ ! -e "$place/said" ] || said=$(sudo -n cat "$place/said" | base64 -w 0)
  if [ -e "$place/done" ]; then end='done'; elif cloud_init_works; then end=''; else end=over; fi
  echo "${begun# };${ended# };$end;$said"
}

leaves() { # SECONDS in which cloud-init may end: is the guest on its way down then?
  tries=$(($1 * 2))
  while cloud_init_works && [ "$tries" -gt 0 ]; do
    tries=$((tries - 1))
    sleep 0.5
  done
  going_down
}
