# fish completion for auscult; 'auscult completion fish' prints it.
function __auscult_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    if test -z "$last"
        $words[1] complete --next -- $words[2..-1] 2>/dev/null
    else
        $words[1] complete -- $words[2..-1] $last 2>/dev/null
    end
end
complete -c auscult -f -a '(__auscult_complete)'
