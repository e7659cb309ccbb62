// Instructions that Go's assembler does not know. Arguments are register numbers in
// the order of ARM's manual: destination, first, second source.

#define VVV(op, d, n, m) WORD $((op) | ((m)<<16) | ((n)<<5) | (d))
#define VV(op, d, n) WORD $((op) | ((n)<<5) | (d))

#define FADD(d, n, m) VVV(0x4E20D400, d, n, m)  // fadd vd.4s, vn.4s, vm.4s
#define FSUB(d, n, m) VVV(0x4EA0D400, d, n, m)  // fsub vd.4s, vn.4s, vm.4s
#define FMUL(d, n, m) VVV(0x6E20DC00, d, n, m)  // fmul vd.4s, vn.4s, vm.4s
#define FDIV(d, n, m) VVV(0x6E20FC00, d, n, m)  // fdiv vd.4s, vn.4s, vm.4s
#define FMAX(d, n, m) VVV(0x4E20F400, d, n, m)  // fmax vd.4s, vn.4s, vm.4s
#define FSQRT(d, n) VV(0x6EA1F800, d, n)        // fsqrt vd.4s, vn.4s
#define FCMGT0(d, n) VV(0x4EA0C800, d, n)       // fcmgt vd.4s, vn.4s, #0.0
