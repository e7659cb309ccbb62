// Makes a program believe that its processor has no AVX-512, AVX-VNNI and AMX, so that LiteRT takes its kernels for
// AVX2: cpuid faults, and the handler answers for it. Linux on an Intel or AMD processor with cpuid faulting.
//
//	gcc -O2 -shared -fPIC -o mask.so mask.c && LD_PRELOAD=mask.so python …

#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { ARCH_SET_CPUID = 0x1012 };

static void answer(int number, siginfo_t *info, void *context)
{
	(void)info;
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	const uint8_t *code = (const uint8_t *)r[REG_RIP];
	if (code[0] != 0x0F || code[1] != 0xA2) {
		signal(number, SIG_DFL);
		return;
	}
	unsigned leaf = r[REG_RAX], sub = r[REG_RCX], a, b, c, d;
	syscall(SYS_arch_prctl, ARCH_SET_CPUID, 1);
	__cpuid_count(leaf, sub, a, b, c, d);
	syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0);
	if (leaf == 7 && sub == 0) {
		b &= ~(1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 30 | 1u << 31); // AVX512
		c &= ~(1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14);                                   // AVX512 too
		d &= ~(1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25);              // and AMX
	} else if (leaf == 7) {
		a = b = c = d = 0; // AVX-VNNI and what came later
	}
	r[REG_RAX] = a, r[REG_RBX] = b, r[REG_RCX] = c, r[REG_RDX] = d;
	r[REG_RIP] += 2;
}

__attribute__((constructor)) static void start(void)
{
	struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_NODEFER};
	if (sigaction(SIGSEGV, &action, NULL) || syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0)) {
		perror("mask: this processor does not let cpuid fault");
		exit(1);
	}
}
