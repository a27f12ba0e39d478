// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The floor: a pair of programs that do nothing, on the same tracepoints as ours. For bench/overhead.ts. */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/sys_enter")
int empty_enter(void *ctx)
{
	return 0;
}

SEC("tp_btf/sys_exit")
int empty_exit(void *ctx)
{
	return 0;
}
