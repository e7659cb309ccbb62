# bash completion for auscult; 'auscult completion bash' prints it.
_auscult() {
	local line=${COMP_LINE:0:COMP_POINT} words last next= reply head
	local IFS=$' \t\n'
	read -ra words <<<"$line"
	last=${words[-1]}
	if [[ $line == *[[:space:]] ]]; then
		next=--next last=
	fi
	COMPREPLY=()
	# Bash breaks words at = and :, and replaces only what stands behind the last of them.
	head=${last%"${last##*[=:]}"}
	while IFS=$'\t' read -r reply _; do
		COMPREPLY+=("${reply#"$head"}")
	done < <("${words[0]}" complete $next -- "${words[@]:1}" 2>/dev/null)
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]]; then
		compopt -o nospace
	fi
}
complete -F _auscult auscult
