going_down() { # Is this system on its way down, to a restart or off? Also when that is planned for the next ten minutes.
  # Nothing stops it any more, and near its end nobody answers that could be asked.
  [ -z "${going:-}" ] || return 0
  command -v systemctl > /dev/null || return 1
  case $(systemctl show --property=ActiveState --property=Job shutdown.target 2> /dev/null) in
    *ActiveState=active* | *Job=[1-9]*) going=yes ;;
  esac
  # logind lets a program that asked for it finish something first.
  for asked in /run/systemd/inhibit/*; do
    [ -e "$asked" ] || break
    set -- org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager PreparingForShutdown
    case $(busctl get-property "$@" 2> /dev/null) in *true) going=yes ;; esac
    break
  done
  [ -z "${going:-}" ] || return 0
  [ -r /run/systemd/shutdown/scheduled ] || return 1
  due=
  while IFS='=' read -r key value; do
    [ "$key" != USEC ] || due=${value%??????}
  done < /run/systemd/shutdown/scheduled
  [ "${due:-0}" -gt 0 ] && [ $((due - $(date +%s))) -lt 600 ]
}
