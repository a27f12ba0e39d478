// What tracing needs of this machine, asked before anything is loaded, and what to do about what is missing. In: /proc,
// /sys and libbpf. Out: one Finding per requirement, for `ior-flame doctor` and for the sentence that a failed start
// ends with. Nothing here changes the machine.

import { existsSync, readFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import { KernelError } from '../../model/errors.ts';
import { errnoName, loadLibbpf } from './native.ts';

export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** Tracing cannot work while this is not ok. */
  readonly required: boolean;
  readonly seen: string;
  /** What to do about it, when it is not ok. */
  readonly remedy?: string;
}

const BTF = '/sys/kernel/btf/vmlinux';
const LOCKDOWN = '/sys/kernel/security/lockdown';
/** tp_btf on syscalls, batch lookups, ring buffers and task storage together; older ones are not tested. */
const OLDEST: readonly [number, number] = [5, 15];
const LIBBPF_MAJOR = 1;

/** include/uapi/linux/capability.h */
const CAPABILITIES = { CAP_SYS_ADMIN: 21, CAP_PERFMON: 38, CAP_BPF: 39 } as const;

export function kernelIsAtLeast(version: string, major: number, minor: number): boolean {
  const [, foundMajor = '0', foundMinor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(foundMajor) > major || (Number(foundMajor) === major && Number(foundMinor) >= minor);
}

/** Each requirement, in the order in which they are met when tracing starts. */
export function examine(): readonly Finding[] {
  return [kernel(), architecture(), btf(), capabilities(), lockdown(), libbpf()];
}

/** Throws a KernelError with the first requirement that is not met. */
export function requireTracing(): void {
  const missing = examine().find((finding) => finding.required && !finding.ok);
  if (missing) throw new KernelError(`cannot trace: ${missing.what}: ${missing.seen}; ${missing.remedy}`);
}

function kernel(): Finding {
  const version = release();
  return {
    what: 'kernel',
    required: true,
    ok: kernelIsAtLeast(version, ...OLDEST),
    seen: `Linux ${version}`,
    remedy: `ior-flame needs Linux ${OLDEST.join('.')} or newer`,
  };
}

function architecture(): Finding {
  return {
    what: 'architecture',
    required: true,
    ok: arch() === 'x64',
    seen: arch() === 'x64' ? 'x86_64' : arch(),
    remedy: 'ior-flame traces on x86_64 only so far',
  };
}

function btf(): Finding {
  const ok = existsSync(BTF);
  return {
    what: 'BTF',
    required: true,
    ok,
    seen: ok ? BTF : `${BTF} does not exist`,
    remedy:
      'use a kernel built with CONFIG_DEBUG_INFO_BTF=y, as those of Debian 11, Ubuntu 20.10, Fedora 33 and newer are',
  };
}

function capabilities(): Finding {
  const status = readFileSync('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  const has = (name: keyof typeof CAPABILITIES) => (effective & (1n << BigInt(CAPABILITIES[name]))) !== 0n;
  const missing = (['CAP_BPF', 'CAP_PERFMON'] as const).filter((name) => !has(name) && !has('CAP_SYS_ADMIN'));
  return {
    what: 'capabilities',
    required: true,
    ok: missing.length === 0,
    seen: missing.length === 0 ? 'CAP_BPF and CAP_PERFMON' : `${missing.join(' and ')} missing`,
    remedy: 'run it as root: sudo ior-flame ... (with nvm: sudo "$(command -v node)" "$(command -v ior-flame)" ...)',
  };
}

function lockdown(): Finding {
  const state = existsSync(LOCKDOWN) ? /\[(\w+)\]/.exec(readFileSync(LOCKDOWN, 'utf8'))?.[1] : undefined;
  return {
    what: 'lockdown',
    required: true,
    ok: state !== 'confidentiality',
    seen: state ?? 'not in use',
    remedy: "boot without lockdown=confidentiality ('integrity' is enough for tracing)",
  };
}

function libbpf(): Finding {
  const remedy = 'install it: apt-get install libbpf1 (Debian, Ubuntu), dnf install libbpf (Fedora)';
  try {
    const functions = loadLibbpf();
    const ok = Number(functions.libbpf_major_version()) >= LIBBPF_MAJOR;
    return { what: 'libbpf', required: true, ok, seen: String(functions.libbpf_version_string()), remedy };
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return { what: 'libbpf', required: true, ok: false, seen: 'libbpf.so.1 is missing', remedy };
  }
}

/** What libbpf says at the end of every failure. */
const CONSEQUENCE = /failed to load object|failed to load: |failed to prepare load attributes/;

/** One sentence for a failed load: libbpf's log is long, the line that tells is short. */
export function describeRefusal(errno: number, log: string): string {
  const lines = log.split('\n');
  const program = /prog '(\w+)': (?:BPF program load failed|failed to load)/.exec(log)?.[1];
  const end = lines.findIndex((line) => line.startsWith('processed '));
  const complaint =
    end > 0
      ? lines
          .slice(0, end)
          .findLast(
            (line) => !/^\d*:? ?\(|^;|^mark_precise|^from |^func#|^R\d+=|^stack depth|^verification time/.test(line),
          )
      : undefined;
  if (program !== undefined && complaint !== undefined) {
    const left = lines.length - 1;
    return `cannot load the BPF object: ${program} refused by the verifier (${errnoName(errno)}): ${complaint.trim()} (${left} lines left out; --verbose shows all)`;
  }
  const last = lines
    .findLast((line) => line.startsWith('libbpf: ') && !CONSEQUENCE.test(line))
    ?.slice('libbpf: '.length);
  return `cannot load the BPF object (${errnoName(errno)})${last ? `: ${last}` : ''}`;
}
