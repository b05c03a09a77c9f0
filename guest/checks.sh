# The checks that a guest's shell makes. A line below this file asks for each: check ID SECONDS VERB WORD...
# It prints a line for each: id, tab, passed or failed, tab, milliseconds, tab, what was seen.
# Under emulation each program costs tenths of a second: what the shell can do by itself, it does.
tab=$(printf '\t')
newline='
'
now() { # milliseconds since some moment, in $moment
  read -r moment _ < /proc/uptime
  moment=${moment%.*}${moment#*.}0
}

check() { # ID SECONDS VERB WORD...: asked again until it comes true or the seconds are over; the last line says what was seen
  id=$1
  verb=$3
  now
  start=$moment
  until=$((start + $2 * 1000))
  shift 3
  while :; do
    if seen=$("ask_$verb" "$@" 2>&1); then status=passed; else status=failed; fi
    now
    if [ "$status" = passed ] || [ "$moment" -ge "$until" ]; then break; fi
    sleep 0.5
  done
  seen=${seen##*"$newline"}
  while :; do
    case $seen in
      *"$tab"*) seen="${seen%%"$tab"*} ${seen#*"$tab"}" ;;
      *) break ;;
    esac
  done
  printf '%s\n' "$id$tab$status$tab$((moment - start))$tab$seen"
}

same() { # EXPECTED FOUND
  [ "$1" != "$2" ] || { printf '%s\n' "$2"; return; }
  printf '%s\n' "${2:-nothing}, expected ${1:-nothing}"
  return 1
}

has() { # TEXT PATTERN: a regular expression stands between slashes
  case $2 in
    /*/) pattern=${2#/} && printf '%s\n' "$1" | grep -Eq -e "${pattern%/}" ;;
    *) case $1 in *"$2"*) ;; *) return 1 ;; esac ;;
  esac
}

sorted() { # WORD...
  printf '%s\n' "$@" | sort -u | tr '\n' ' '
}

words_after() { # WORD TEXT...: what follows each WORD, with one space between
  wanted=$1
  found=
  shift
  while [ $# -gt 1 ]; do
    [ "$1" != "$wanted" ] || found="$found $2"
    shift
  done
  printf '%s' "${found# }"
}

ask_ping() { # HOST: one answer in time
  ping -n -q -c 1 -w "$ping_seconds" "$1" > /dev/null || { echo "$1 does not answer to ping within $ping_seconds s"; return 1; }
  echo "$1 answers"
}

ask_port() { # HOST PORT
  timeout "$connection_seconds" bash -c "exec 3<> /dev/tcp/$1/$2" || { echo "no TCP connection to $1 port $2 within $connection_seconds s"; return 1; }
  echo "$1 port $2 accepts"
}

ask_http() { # URL STATUS BODY
  python3 -c "$python" http "$connection_seconds" "$@"
}

servers() { # whom this system asks for names, in $found
  found=
  while read -r word server _; do
    [ "$word" != nameserver ] || found="$found $server"
  done < /etc/resolv.conf
  found=${found# }
}

ask_servers() { # LIST
  servers
  same "$1" "$found"
}

ask_dns() { # NAME TYPE SERVER IS...
  name=$1
  if [ "$2$3" != A ]; then
    servers
    found=$(python3 -c "$python" dns "$connection_seconds" "$1" "$2" "${3:-${found%% *}}") || { echo "$found"; return 1; }
  else
    found=$(getent ahostsv4 "$name" | while read -r one kind _; do [ "$kind" != STREAM ] || echo "$one"; done)
    [ -n "$found" ] || { servers && echo "$name has no address (asked: $found)"; return 1; }
  fi
  shift 3
  # shellcheck disable=SC2086 # Split on purpose.
  [ $# -eq 0 ] || { same "$(sorted "$@")" "$(sorted $found)"; return; }
  echo "$name is ${found%%"$newline"*}"
}

dotted() { # HEX: an address of /proc/net/route, whose last byte comes first, in $dotted
  high=${1%????} low=${1#????}
  dotted=$(printf '%d.%d.%d.%d' "0x${low#??}" "0x${low%??}" "0x${high#??}" "0x${high%??}")
}

length_of() { # HEX: how many bits of a mask are set, in $length
  rest=$1
  length=0
  while [ -n "$rest" ]; do
    case $rest in F*) length=$((length + 4)) ;; E*) length=$((length + 3)) ;; C*) length=$((length + 2)) ;; 8*) length=$((length + 1)) ;; esac
    rest=${rest#?}
  done
}

# The main table as the kernel shows it: addresses are hexadecimal (proc(5), /proc/net/route).
ask_route() { # TO VIA CARD
  gateways=
  to=$1
  [ "$to" != default ] || to=0.0.0.0/0
  while read -r device network via _ _ _ _ mask _; do
    [ "$device" = "$3" ] || continue
    length_of "$mask"
    [ "$length" = "${to#*/}" ] || continue
    dotted "$network"
    [ "$dotted" = "${to%/*}" ] || continue
    dotted "$via"
    gateways="$gateways $dotted"
  done < /proc/net/route
  same "$2" "${gateways# }"
}

# shellcheck disable=SC2046 # Split on purpose.
ask_address() { # CARD LIST
  same "$2" "$(words_after inet $(ip -4 -o address show dev "$1" scope global))"
}

content() { # PATH
  if [ -r "$1" ]; then cat "$1"; else sudo -n cat "$1"; fi
}

in_hosts() { # FILE ADDRESS NAME: a line of it says this, and no more, and no line before it gives the name to another
  while read -r there names || [ -n "$there" ]; do
    [ "$there $names" != "$2 $3" ] || return 0
    case $there in *:*) continue ;; esac
    for name in $names; do
      case $name in '#'*) break ;; "$3") ;; *) continue ;; esac
      [ "$there" = "$2" ] || { echo "$1 gives $3 to $there, expected $2"; return 1; }
    done
  done < "$1"
  echo "$1 lacks: $2 $3"
  return 1
}

ask_file() { # PATH then pairs of WORD VALUE
  path=$1
  shift
  if [ "${1:-}" = absent ]; then
    [ -e "$path" ] || [ -L "$path" ] || { echo "$path is not there"; return; }
    echo "$path is there"
    return 1
  fi
  [ -e "$path" ] || { echo "$path is not there"; return 1; }
  told="$path is there"
  while [ $# -gt 1 ]; do
    case $1 in
      is)
        found=
        [ ! -r "$path" ] || read -r found < "$path"
        told=$(same "$2" "$found")
        ;;
      mode) told=$(same "${2#0}" "$(stat -L -c %a "$path")") ;;
      owner) told=$(same "$2" "$(stat -L -c %U "$path")") ;;
      contains) has "$(content "$path")" "$2" || { told="$path lacks: $2" && false; } ;;
      name)
        # shellcheck disable=SC2086 # Split on purpose.
        told=$(in_hosts "$path" $2) && told='all names are in it'
        ;;
    esac || { printf '%s\n' "$told"; return 1; }
    shift 2
  done
  printf '%s\n' "$told"
}

ask_service() { # NAME then pairs of WORD yes or no
  name=$1
  shift
  told=
  while [ $# -gt 1 ]; do
    case $1 in
      running) state=$(systemctl is-active "$name") && found=yes || found=no ;;
      enabled) state=$(systemctl is-enabled "$name" 2> /dev/null) && found=yes || found=no ;;
    esac
    told="$told, ${state:-unknown}"
    [ "$found" = "$2" ] || { echo "$name is ${state:-unknown}, expected $1: $2"; return 1; }
    shift 2
  done
  echo "$name is ${told#, }"
}

ask_command() { # LINE STATUS PATTERN
  found=$(eval "$1" 2>&1)
  ended=$?
  [ "$ended" = "$2" ] || { printf '%s\n' "${found:-it ended with status $ended, expected $2}"; return 1; }
  [ -z "$3" ] || has "$found" "$3" || { printf '%s\n' "${found##*"$newline"}, expected $3"; return 1; }
  printf '%s\n' "${found:-it ended with status $ended}"
}

ask_kernel_param() { # NAME VALUE: the name with dots, as sysctl(8) shows it
  path=/proc/sys/
  rest=$1.
  while [ -n "$rest" ]; do
    part=${rest%%.*}
    rest=${rest#*.}
    # In a name a slash stands for a dot of a card's name.
    case $part in */*) part=${part%%/*}.${part#*/} ;; esac
    path=$path$part/
  done
  [ -r "${path%/}" ] || { echo "there is no $1"; return 1; }
  read -r found < "${path%/}"
  value=$2
  # shellcheck disable=SC2086 # Split on purpose: several numbers have tabs between them.
  set -- $found
  same "$value" "$*"
}
