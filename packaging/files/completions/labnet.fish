# fish completion for labnet: it asks labnet itself.
function __labnet_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    for line in (labnet complete $typed[2..-1] "$current" 2> /dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :directories
                __fish_complete_directories "$current"
            case '*'
                echo $line
        end
    end
end
complete -c labnet -f -a '(__labnet_complete)'
