# PowerShell completion for auscult; 'auscult completion powershell' prints it.
Register-ArgumentCompleter -Native -CommandName auscult -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    $ask = @('complete')
    if ($wordToComplete -eq '') { $ask += '--next' }
    $ask += '--'
    if ($words.Count -gt 1) { $ask += $words[1..($words.Count - 1)] }
    & $words[0] @ask 2>$null | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        if (-not $help) { $help = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
    }
}
