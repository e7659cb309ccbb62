package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mutant is a file with one change.
type mutant struct {
	file          string
	line          int
	before, after string
	text          []byte // of the whole file
}

// mutantsOf returns the mutants of a package's files, but for tests and files that are not
// compiled on this machine.
func mutantsOf(folder string) ([]mutant, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	var all []mutant
	for _, file := range files {
		name := filepath.Base(file)
		if here, err := build.Default.MatchFile(folder, name); err != nil {
			return nil, err
		} else if !here || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		found, err := mutate(file, text)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: nothing to change: is that a package's folder?", folder)
	}
	return all, nil
}

// others are what an operator is changed into: the neighbour that a slip would write.
var others = map[token.Token]token.Token{
	token.EQL: token.NEQ, token.NEQ: token.EQL,
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.LAND: token.LOR, token.LOR: token.LAND,
	token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO, token.QUO: token.MUL,
	token.SHL: token.SHR, token.SHR: token.SHL,
	token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN,
	token.INC: token.DEC, token.DEC: token.INC,
}

// mutate returns a file's mutants.
func mutate(name string, text []byte) ([]mutant, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var all []mutant
	change := func(at token.Pos, before, after string) {
		p := set.Position(at)
		changed := slices.Concat(text[:p.Offset], []byte(after), text[p.Offset+len(before):])
		all = append(all, mutant{name, p.Line, before, after, changed})
	}
	swap := func(at token.Pos, op token.Token) {
		if other, ok := others[op]; ok {
			change(at, op.String(), other.String())
		}
	}
	void := make(map[ast.Node]bool)
	ast.Inspect(file, func(n ast.Node) bool {
		if void[n] {
			return false
		}
		switch n := n.(type) {
		case *ast.ReturnStmt:
			for _, result := range besideError(n.Results) {
				void[result] = true
			}
		case *ast.BinaryExpr:
			swap(n.OpPos, n.Op)
		case *ast.AssignStmt:
			swap(n.TokPos, n.Tok)
		case *ast.IncDecStmt:
			swap(n.TokPos, n.Tok)
		case *ast.UnaryExpr:
			if n.Op == token.NOT {
				change(n.OpPos, "!", "")
			}
		case *ast.BasicLit:
			if n.Kind == token.INT {
				change(n.ValuePos, n.Value, "("+n.Value+"+1)")
			}
		case *ast.ExprStmt: // a call for its effect
			from, to := set.Position(n.Pos()).Offset, set.Position(n.End()).Offset
			statement := string(text[from:to])
			if _, ok := n.X.(*ast.CallExpr); ok && !strings.Contains(statement, "\n") {
				change(n.Pos(), statement, "")
			}
		case *ast.Ident:
			switch n.Name {
			case "true":
				change(n.NamePos, "true", "false")
			case "false":
				change(n.NamePos, "false", "true")
			}
		}
		return true
	})
	return all, nil
}

// besideError returns the results that mean nothing because an error is returned with
// them: nobody may look at the 0 of "return 0, err".
func besideError(results []ast.Expr) []ast.Expr {
	if len(results) < 2 {
		return nil
	}
	last := len(results) - 1
	sure := types.ExprString(results[last])
	if call, ok := results[last].(*ast.CallExpr); ok {
		sure = types.ExprString(call.Fun)
	}
	if sure != "err" && sure != "fmt.Errorf" && sure != "errors.New" {
		return nil
	}
	return results[:last]
}
