# bash completion for labnet: it asks labnet itself.
# The words are handed over as they stand on the line; what would be done to them by `eval` is not done.
_labnet() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            :files) compopt -o default ;;
            :directories) compopt -o dirnames ;;
            *) COMPREPLY+=("${line%%$'\t'*}") ;;
        esac
    done < <(labnet complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
} && complete -F _labnet labnet
