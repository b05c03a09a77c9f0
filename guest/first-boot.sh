# labnet's own part of a first boot. cloud-init runs this at each boot, when its files are written and its packages are
# there: what is done is not done again, and after a restart on the way it goes on.
place=/var/lib/labnet
log=/var/log/cloud-init-output.log

own() { # HOME FILE: directories that root had to make on the way from the home to the file are the user's
  at=$1
  rest=${2#"$1"/}
  while case $rest in */*) true ;; *) false ;; esac do
    at=$at/${rest%%/*}
    rest=${rest#*/}
    # What lies behind a link is not below the home.
    [ -d "$at" ] && [ ! -L "$at" ] || return 0
    [ ! -O "$at" ] || chown "$user:" "$at"
  done
}

run_lines() { # Each in a shell of its own, in order; the first that fails is the last.
  count=0
  while [ -e "$place/line-$((count + 1))" ]; do count=$((count + 1)); done
  number=0
  if [ -e "$place/begun" ]; then
    while read -r last; do number=$last; done < "$place/begun"
  fi
  [ "$count" -gt 0 ] || return 0
  if [ -e "$place/ended" ]; then
    while read -r _ status; do [ "$status" = 0 ] || return 0; done < "$place/ended"
  fi
  while :; do
    # A package may have asked for a restart before the first.
    while going_down; do sleep 1; done
    [ "$number" -lt "$count" ] || return 0
    # What cloud-init wrote, too: a line may end the VM in whatever way.
    [ "$number" -gt 0 ] || sync
    number=$((number + 1))
    # On the disk before it begins: a line that restarts the VM, in whatever way, is not run again.
    echo "$number" >> "$place/begun"
    sync "$place/begun"
    echo "labnet: run line $number of $count begins"
    (export HOME=/root && cd / && exec /bin/sh "$place/line-$number") < /dev/null
    status=$?
    echo "$number $status" >> "$place/ended"
    ended="labnet: run line $number of $count ended with $status"
    echo "$ended"
    if [ "$status" -ne 0 ]; then
      keep_said "$ended"
      return
    fi
  done
}

keep_said() { # SIGN: the end of what was said, as soon as cloud-init's log has come to the sign
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    ! tail -c 1000 "$log" 2> /dev/null | grep -qF "$1" || break
    sleep 0.5
  done
  (umask 077 && tail -c 8192 "$log" > "$place/said") 2> /dev/null
}

[ ! -e "$place/done" ] || exit 0
if [ -e "$place/paths" ] && [ ! -e "$place/begun" ]; then
  {
    read -r user
    while IFS= read -r path; do own "/home/$user" "$path"; done
  } < "$place/paths"
fi
run_lines
: > "$place/done"
