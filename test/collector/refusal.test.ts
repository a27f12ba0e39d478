// What libbpf and the verifier say at length, in one sentence. The logs are real ones, cut.

import { constants } from 'node:os';
import t from 'tap';
import { describeRefusal } from '../../src/collector/live/preflight.ts';

const { EACCES, EINVAL, EPERM, ESRCH } = constants.errno;

t.test('the verifier refuses: its complaint, and how much more there is', async (t) => {
  const log = `libbpf: prog 'ior_exit': BPF program load failed: Permission denied
libbpf: prog 'ior_exit': -- BEGIN PROG LOAD LOG --
0: R1=ctx() R10=fp0
; int BPF_PROG(ior_exit, struct pt_regs *regs, long ret) @ ior.bpf.c:800
0: (79) r6 = *(u64 *)(r1 +8)
1: (85) call bpf_get_current_task_btf#158
R2 min value is negative, either use unsigned or 'var &= const'
processed 412 insns (limit 1000000) max_states_per_insn 4 total_states 20 peak_states 20 mark_read 5
-- END PROG LOAD LOG --
libbpf: prog 'ior_exit': failed to load: -13
libbpf: failed to load object 'ior'
`;
  t.equal(
    describeRefusal(EACCES, log),
    "cannot load the BPF object: ior_exit refused by the verifier (EACCES): R2 min value is negative, either use unsigned or 'var &= const' (11 lines left out; --verbose shows all)",
  );
});

t.test('libbpf refuses: the reason, not what follows from it', async (t) => {
  const log = `libbpf: prog 'ior_enter': missing .BTF.ext line info for the main program, skipping all of .BTF.ext line info.
libbpf: prog 'ior_enter': failed to find kernel BTF type ID of 'sys_enter': -3
libbpf: prog 'ior_enter': failed to prepare load attributes: -3
libbpf: prog 'ior_enter': failed to load: -3
libbpf: failed to load object '29060150-f8b8'
`;
  t.equal(
    describeRefusal(ESRCH, log),
    "cannot load the BPF object (ESRCH): prog 'ior_enter': failed to find kernel BTF type ID of 'sys_enter': -3",
  );
});

t.test('nothing more is known than the errno', async (t) => {
  t.equal(describeRefusal(EPERM, ''), 'cannot load the BPF object (EPERM)');
  t.equal(describeRefusal(EINVAL, "libbpf: failed to load object 'ior'\n"), 'cannot load the BPF object (EINVAL)');
});
