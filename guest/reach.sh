# labnet's second way into this VM, run by labnet-reach.service: what comes from the host by a port of QEMU's is run here
# by root. It wants no network, no user and no key.
# A request: a line with a word nobody guesses and a number of seconds, a script, and that word alone.
# The answer: a line with the word, what the script says, at most 1 MiB, and a line with the word and the script's status.
port=/dev/virtio-ports/labnet.reach
work=/run/labnet-reach
mkdir -p -m 0700 "$work"
exec 3<> "$port"
# The kernel holds a write back until somebody opens the host's end (virtio_console, port_fops_write): this waits for it.
while echo 'labnet: here' >&3; do
  while read -r word seconds <&3; do
    case $word$seconds in '' | *[!0-9a-f]*) continue ;; esac
    while IFS= read -r line <&3 && [ "$line" != "$word" ]; do printf '%s\n' "$line"; done > "$work/script"
    # Where the host's end was closed before the script was whole, nothing is run.
    [ "$line" = "$word" ] || break
    echo "$word begins" >&3
    timeout -k 5 "$seconds" sh "$work/script" > "$work/said" 2>&1 < /dev/null 3>&-
    ended=$?
    head -c 1048576 "$work/said" >&3
    printf '\n%s %s\n' "$word" "$ended" >&3
    rm -f "$work/script" "$work/said"
  done
done
