// What tracing needs of this machine, asked before anything is loaded, and what to do about what is missing. In: /proc,
// /sys and libbpf. Out: one Finding per requirement, for `ior-flame doctor` and for the sentence that a failed start
// ends with. Nothing here changes the machine.

import { closeSync, existsSync, readFileSync, readlinkSync } from 'node:fs';
import { arch, release } from 'node:os';
import { KernelError } from '../../model/errors.ts';
import { ERRNO, errnoName, loadLibbpf } from './native.ts';

export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** Tracing cannot work while this is not ok. */
  readonly required: boolean;
  readonly seen: string;
  /** What to do about it, when it is not ok. */
  readonly remedy?: string;
  /** Other ways, each a line to type. */
  readonly ways?: readonly string[];
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
  const findings = [kernel(), architecture(), btf(), capabilities(), userNamespace(), lockdown(), libbpf()];
  return findings.every(({ ok }) => ok) ? [...findings, bpfCall()] : findings;
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

/** How to get the two capabilities: the first line is the sentence's, the others are told by doctor. */
const WAYS = {
  sudo: 'sudo env "PATH=$PATH" ior-flame ...',
  setpriv:
    'sudo setpriv --reuid="$(id -u)" --regid="$(id -g)" --init-groups --inh-caps=+bpf,+perfmon --ambient-caps=+bpf,+perfmon env "PATH=$PATH" ior-flame ...',
  systemd:
    'systemd-run --pty --uid="$(id -u)" -p AmbientCapabilities="CAP_BPF CAP_PERFMON" --setenv=PATH="$PATH" ior-flame ...',
  docker: 'docker run --pid=host --cgroupns=host --cap-add=BPF --cap-add=PERFMON ...',
} as const;

function capabilities(): Finding {
  // what takes them from root is a container, or the unit of a service
  const isRoot = process.geteuid?.() === 0;
  const effective = BigInt(`0x${statusOf('CapEff') ?? '0'}`);
  const has = (name: keyof typeof CAPABILITIES) => (effective & (1n << BigInt(CAPABILITIES[name]))) !== 0n;
  const missing = (['CAP_BPF', 'CAP_PERFMON'] as const).filter((name) => !has(name) && !has('CAP_SYS_ADMIN'));
  return {
    what: 'capabilities',
    required: true,
    ok: missing.length === 0,
    seen: missing.length === 0 ? 'CAP_BPF and CAP_PERFMON' : `${missing.join(' and ')} missing`,
    remedy: isRoot ? `give them to the container: ${WAYS.docker}` : `run it as root: ${WAYS.sudo}`,
    ways: [
      ...(isRoot ? [] : [`or with these two alone: ${WAYS.setpriv}`, `or by systemd: ${WAYS.systemd}`]),
      'or in the unit of a service: AmbientCapabilities=CAP_BPF CAP_PERFMON',
      ...(isRoot ? [] : [`or in a container: ${WAYS.docker}`]),
      `no value of kernel.unprivileged_bpf_disabled (it is ${sysctl('kernel/unprivileged_bpf_disabled')}) does without them`,
    ],
  };
}

function statusOf(field: string): string | undefined {
  return new RegExp(`^${field}:\\s*(\\S+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
}

function sysctl(name: string): string {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim();
  } catch {
    return 'not there';
  }
}

/** PROC_USER_INIT_INO (include/linux/proc_ns.h) */
const FIRST_USER_NAMESPACE = 'user:[4026531837]';

/** Capabilities in another user namespace are none to the kernel's own (bpf_capable() asks the first one). */
function userNamespace(): Finding {
  const namespace = readlink('/proc/self/ns/user');
  const ok = namespace === undefined || namespace === FIRST_USER_NAMESPACE;
  return {
    what: 'user namespace',
    required: true,
    ok,
    seen: ok ? "the machine's own" : 'one of its own, where capabilities do not count for tracing',
    remedy: `run it outside, as the machine's root: ${WAYS.sudo}; a rootless container cannot trace`,
  };
}

function readlink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

const BPF_MAP_TYPE_ARRAY = 2;
const EPERM_AND_EACCES: readonly number[] = [ERRNO.EPERM, ERRNO.EACCES];

/** With everything else there, what may still refuse is a filter of the container or a security module. */
function bpfCall(): Finding {
  const fd = Number(loadLibbpf().bpf_map_create(BPF_MAP_TYPE_ARRAY, 'ior_preflight', 4, 4, 1, null));
  if (fd >= 0) closeSync(fd);
  const isFiltered = statusOf('Seccomp') === '2';
  return {
    what: 'bpf(2)',
    required: true,
    ok: !EPERM_AND_EACCES.includes(-fd),
    seen: fd >= 0 ? 'permitted' : `refused (${errnoName(fd)})`,
    remedy: isFiltered
      ? 'a seccomp filter refuses it: docker run --security-opt seccomp=unconfined ..., or in a unit of systemd SystemCallFilter=bpf'
      : 'a security module (SELinux, AppArmor) refuses it: see its log, or: docker run --security-opt apparmor=unconfined --security-opt label=disable ...',
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
