#compdef auscult
# zsh completion for auscult; 'auscult completion zsh' prints it.
_auscult() {
	local line value
	local -a all shown folders
	local -a asked=("${(@)words[2,CURRENT]}") next=()
	if [[ -z ${words[CURRENT]} ]]; then
		next=(--next)
		asked=("${(@)words[2,CURRENT-1]}")
	fi
	for line in "${(@f)$("${words[1]}" complete $next -- "${asked[@]}" 2>/dev/null)}"; do
		value=${line%%$'\t'*}
		[[ -n $value ]] || continue
		if [[ $value == */ ]]; then
			folders+=("$value")
		else
			all+=("$value")
			shown+=("$value  ${line#*$'\t'}")
		fi
	done
	((${#folders})) && compadd -S '' -a folders
	((${#all})) && compadd -l -d shown -a all
}
if [ "$funcstack[1]" = _auscult ]; then
	_auscult "$@"
else
	compdef _auscult auscult
fi
