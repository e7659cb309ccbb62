// Instructions that Go's assembler does not know. Arguments are register numbers in
// the order of ARM's manual: destination, first, second source.

#define VVV(op, d, n, m) WORD $((op) | ((m)<<16) | ((n)<<5) | (d))
#define VV(op, d, n) WORD $((op) | ((n)<<5) | (d))

#define SDOTL(d, n, m, lane) VVV(0x4F80E000 | (((lane)&1)<<21) | (((lane)>>1)<<11), d, n, m) // sdot vd.4s, vn.16b, vm.4b[lane]
#define SDOT(d, n, m) VVV(0x4E809400, d, n, m)    // sdot vd.4s, vn.16b, vm.16b
#define SMULL(d, n, m) VVV(0x0E20C000, d, n, m)   // smull vd.8h, vn.8b, vm.8b
#define SMULL2(d, n, m) VVV(0x4E20C000, d, n, m)  // smull2 vd.8h, vn.16b, vm.16b
#define SMLAL(d, n, m) VVV(0x0E208000, d, n, m)   // smlal vd.8h, vn.8b, vm.8b
#define SMLAL2(d, n, m) VVV(0x4E208000, d, n, m)  // smlal2 vd.8h, vn.16b, vm.16b
#define SADALP(d, n) VV(0x4E606800, d, n)         // sadalp vd.4s, vn.8h
#define SADDW(d, n, m) VVV(0x0E601000, d, n, m)   // saddw vd.4s, vn.4s, vm.4h
#define SADDW2(d, n, m) VVV(0x4E601000, d, n, m)  // saddw2 vd.4s, vn.4s, vm.8h
#define ADDP(d, n, m) VVV(0x4EA0BC00, d, n, m)    // addp vd.4s, vn.4s, vm.4s
#define SCVTF(d, n) VV(0x4E21D800, d, n)          // scvtf vd.4s, vn.4s
#define FMUL(d, n, m) VVV(0x6E20DC00, d, n, m)    // fmul vd.4s, vn.4s, vm.4s
#define FCVTNS(d, n) VV(0x4E21A800, d, n)         // fcvtns vd.4s, vn.4s
#define SQXTNH(d, n) VV(0x0E614800, d, n)         // sqxtn vd.4h, vn.4s
#define SQXTN2H(d, n) VV(0x4E614800, d, n)        // sqxtn2 vd.8h, vn.4s
#define SQXTNB(d, n) VV(0x0E214800, d, n)         // sqxtn vd.8b, vn.8h
#define SQXTN2B(d, n) VV(0x4E214800, d, n)        // sqxtn2 vd.16b, vn.8h
#define SQADDH(d, n, m) VVV(0x4E600C00, d, n, m)  // sqadd vd.8h, vn.8h, vm.8h
#define SMAXB(d, n, m) VVV(0x4E206400, d, n, m)   // smax vd.16b, vn.16b, vm.16b
#define SMINB(d, n, m) VVV(0x4E206C00, d, n, m)   // smin vd.16b, vn.16b, vm.16b
#define LDRQX(t, n, m) VVV(0x3CE06800, t, n, m)   // ldr qt, [xn, xm]
#define LDRSX(t, n, m) VVV(0xBC606800, t, n, m)   // ldr st, [xn, xm]
#define SXTLH(d, n) VV(0x0F08A400, d, n)          // sxtl vd.8h, vn.8b
#define SXTL2H(d, n) VV(0x4F08A400, d, n)         // sxtl2 vd.8h, vn.16b
#define SXTLS(d, n) VV(0x0F10A400, d, n)          // sxtl vd.4s, vn.4h
#define SXTL2S(d, n) VV(0x4F10A400, d, n)         // sxtl2 vd.4s, vn.8h
#define MLAS(d, n, m) VVV(0x4EA09400, d, n, m)    // mla vd.4s, vn.4s, vm.4s
#define SSHLS(d, n, m) VVV(0x4EA04400, d, n, m)   // sshl vd.4s, vn.4s, vm.4s
#define SMULLH(d, n, m) VVV(0x0E60C000, d, n, m)  // smull vd.4s, vn.4h, vm.4h
#define SMULL2H(d, n, m) VVV(0x4E60C000, d, n, m) // smull2 vd.4s, vn.8h, vm.8h
#define SADDWB(d, n, m) VVV(0x0E201000, d, n, m)  // saddw vd.8h, vn.8h, vm.8b
#define FADD(d, n, m) VVV(0x4E20D400, d, n, m)    // fadd vd.4s, vn.4s, vm.4s
#define FSUB(d, n, m) VVV(0x4EA0D400, d, n, m)    // fsub vd.4s, vn.4s, vm.4s
#define FMAX(d, n, m) VVV(0x4E20F400, d, n, m)    // fmax vd.4s, vn.4s, vm.4s
#define FMIN(d, n, m) VVV(0x4EA0F400, d, n, m)    // fmin vd.4s, vn.4s, vm.4s
#define FMAXNM(d, n, m) VVV(0x4E20C400, d, n, m)  // fmaxnm vd.4s, vn.4s, vm.4s
#define FMINNM(d, n, m) VVV(0x4EA0C400, d, n, m)  // fminnm vd.4s, vn.4s, vm.4s
#define SIGNS(d, n) VV(0x4F210400, d, n)          // sshr vd.4s, vn.4s, #31
#define ABSS(d, n) VV(0x4EA0B800, d, n)           // abs vd.4s, vn.4s
#define UMULLS(d, n, m) VVV(0x2EA0C000, d, n, m)  // umull vd.2d, vn.2s, vm.2s
#define UMULL2S(d, n, m) VVV(0x6EA0C000, d, n, m) // umull2 vd.2d, vn.4s, vm.4s
#define UZP2S(d, n, m) VVV(0x4E805800, d, n, m)   // uzp2 vd.4s, vn.4s, vm.4s
#define ADDS4(d, n, m) VVV(0x4EA08400, d, n, m)   // add vd.4s, vn.4s, vm.4s
#define SUBS4(d, n, m) VVV(0x6EA08400, d, n, m)   // sub vd.4s, vn.4s, vm.4s
#define EORS(d, n, m) VVV(0x6E201C00, d, n, m)    // eor vd.16b, vn.16b, vm.16b
