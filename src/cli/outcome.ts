// What an engine is told and what tracing comes to, whichever engine did it: calls, and how many of what was seen they are. The verb `record`
// writes its outputs and its summary from this alone.

import type { Limits, Targets } from '../collector/live/ior-object.ts';
import type { Dimension, FileType, LossCounter, Profile, Weight } from '../model/profile.ts';
import type { RowFilter } from '../model/row-filter.ts';
import type { SyscallSelection } from '../syscalls/table.ts';

/** What both engines are told. */
export interface EngineOptions {
  readonly selection: SyscallSelection;
  readonly types: readonly FileType[];
  /** Every task is in scope; otherwise only what descends from the launched command. */
  readonly everything: boolean;
  /** What else narrows down the scope. */
  readonly targets?: Targets | undefined;
  readonly dimensions: readonly Dimension[];
  /** Rows that are wanted; every one unless given. */
  readonly filter?: RowFilter | undefined;
  /** Rows that the profile tells apart. */
  readonly maxRows?: number | undefined;
  /** Sizes of what is bounded in the kernel; the engine's own unless given. */
  readonly limits?: Partial<Limits> | undefined;
}

export interface Outcome {
  readonly profile: Profile;
  readonly lengthNs: number;
  readonly startedAt: Date;
  /** sys_enter and sys_exit events of the selected calls in scope. */
  readonly tracepoints: number;
  readonly mismatches: number;
  /** Calls that were paired, and those of them that the filters let through. */
  readonly syscalls: number;
  readonly folded: number;
  /** Calls on files of types that were not asked for. */
  readonly leftOut: ReadonlyMap<FileType, Readonly<Record<Weight, number>>>;
  /** Calls that --comm and --path did not let through, and the time in them. */
  readonly filteredOut: { readonly calls: number; readonly durationNs: number };
  readonly losses: readonly LossCounter[];
  /** Something was dropped before it could be counted: every number is a lower bound. */
  readonly isAtLeast: boolean;
  /** Processes of the followed command that were alive at the end. */
  readonly processesAlive: number;
}
