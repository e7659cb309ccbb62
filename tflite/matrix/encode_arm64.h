// Instructions that Go's assembler does not know. Arguments are register numbers in
// the order of ARM's manual: destination, first, second source.

#define VVV(op, d, n, m) WORD $((op) | ((m)<<16) | ((n)<<5) | (d))

#define FMAX(d, n, m) VVV(0x4E20F400, d, n, m)  // fmax vd.4s, vn.4s, vm.4s
#define FMIN(d, n, m) VVV(0x4EA0F400, d, n, m)  // fmin vd.4s, vn.4s, vm.4s
