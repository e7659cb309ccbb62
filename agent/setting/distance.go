package setting

// longWord is from where on two words are not compared letter by letter.
const longWord = 64

// Distance counts the letters to insert, delete or replace to get b from a (Levenshtein), to
// propose what somebody may have meant. Two long words are as far apart as the longer has letters,
// so that what comes from a file costs little.
func Distance(a, b string) int {
	if len(a) > longWord && len(b) > longWord {
		return max(len(a), len(b))
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
