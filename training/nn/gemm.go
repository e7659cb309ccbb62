package nn

import (
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Tile sizes of the matrix products. gonum runs a product of fewer than four
// 64x64 blocks of C on the calling goroutine, which is what keeps the order
// of every sum fixed and the number of goroutines ours. A panel of B of
// 64x192 values stays in the first- and second-level caches.
const (
	tileM = 64
	tileN = 192
	tileK = 64
)

var impl gonum.Implementation

// pool spreads tasks over goroutines. What a task computes must not depend on
// which goroutine runs it, nor on the order of tasks.
type pool struct {
	threads int
}

// run calls f for every task from 0 and returns when all are done.
func (p pool) run(tasks int, f func(task int)) {
	workers := min(p.threads, tasks)
	if workers <= 1 {
		for t := range tasks {
			f(t)
		}
		return
	}
	var next atomic.Int64
	work := func() {
		for {
			t := int(next.Add(1)) - 1
			if t >= tasks {
				return
			}
			f(t)
		}
	}
	var wg sync.WaitGroup
	for range workers - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}

// mulAdd computes C += A*B for row-major A [m,k], B [k,n] and C [m,n] on the
// calling goroutine. Each element of C is summed in the order of k, whatever
// the tiles. Zeros in A cost nothing, which pays after a ReLU.
func mulAdd(m, n, k int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int) {
	for i := 0; i < m; i += tileM {
		mi := min(tileM, m-i)
		for j := 0; j < n; j += tileN {
			nj := min(tileN, n-j)
			for l := 0; l < k; l += tileK {
				kl := min(tileK, k-l)
				impl.Sgemm(blas.NoTrans, blas.NoTrans, mi, nj, kl, 1, a[i*lda+l:], lda, b[l*ldb+j:], ldb, 1, c[i*ldc+j:], ldc)
			}
		}
	}
}

// mulTransAdd computes C += Aᵀ*B for row-major A [k,m], B [k,n] and C [m,n] on
// the calling goroutine, each element in the order of k.
func mulTransAdd(m, n, k int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int) {
	for i := 0; i < m; i += tileM {
		mi := min(tileM, m-i)
		for j := 0; j < n; j += tileN {
			nj := min(tileN, n-j)
			impl.Sgemm(blas.Trans, blas.NoTrans, mi, nj, k, 1, a[i:], lda, b[j:], ldb, 1, c[i*ldc+j:], ldc)
		}
	}
}

// transpose writes the transpose of row-major a [rows,cols] to dst.
func transpose(dst, a []float32, rows, cols int) {
	for r := range rows {
		row := a[r*cols : (r+1)*cols]
		for c, v := range row {
			dst[c*rows+r] = v
		}
	}
}

// addRow adds the row b to each row of c [rows,len(b)].
func addRow(c, b []float32) {
	for len(c) >= len(b) && len(b) > 0 {
		row := c[:len(b)]
		for i, v := range b {
			row[i] += v
		}
		c = c[len(b):]
	}
}

// sumRows writes the sums over the rows of a [rows,len(dst)] to dst, blocks of
// 128 rows in float32, blocks in float64. acc and block are scratch of
// len(dst) values.
func sumRows(dst, a []float32, acc []float64, block []float32) {
	n := len(dst)
	clear(acc)
	for len(a) > 0 {
		clear(block)
		rows := min(len(a)/n, normBlock)
		for r := range rows {
			for i, v := range a[r*n : (r+1)*n] {
				block[i] += v
			}
		}
		for i, v := range block {
			acc[i] += float64(v)
		}
		a = a[rows*n:]
	}
	for i, v := range acc {
		dst[i] = float32(v)
	}
}
