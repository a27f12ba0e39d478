// Calls that were still running when tracing stopped. In: what the iterator ior_unfinished wrote. Out: one object each, with
// the string of a call on a path read from the memory of the task that sits in it.

import { closeSync, openSync, readSync } from 'node:fs';
import { decodeName } from '../../model/names.ts';
import { joinPath } from '../../model/paths.ts';
import { FILE_TYPES, type FileType, UNFINISHED as UNFINISHED_FRAME } from '../../model/profile.ts';
import { syscallName } from '../../syscalls/table.ts';
import { COMM_SIZE, EXTRA, FILE_WORDS, KEY, UNFINISHED } from './abi.ts';
import type { NameStore } from './name-store.ts';
import { readU64 } from './read-cells.ts';

const PATH_MAX = 4096;
const PAGE = 4096;

export interface Unfinished {
  readonly comm: string;
  /** With the frame that says so, joined by NUL. */
  readonly syscall: string;
  readonly type: FileType;
  readonly pid: number;
  readonly tid: number;
  readonly uid: number;
  readonly durationNs: number;
  readonly gapNs: number;
  /** struct ior_file, of the file and of the directory that a string starts from. */
  readonly file: Int32Array;
  readonly base: Int32Array;
  readonly inode: number;
  /** struct ior_extra */
  readonly extra: DataView;
  /** What the program gave as a path; undefined: it has none, or it could not be read. */
  readonly string: string | undefined;
}

/** `stopNs` on CLOCK_MONOTONIC. */
export function readUnfinished(bytes: Buffer, stopNs: number): Unfinished[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: Unfinished[] = [];
  for (let at = 0; at + UNFINISHED.size <= bytes.length; at += UNFINISHED.size) {
    const tid = view.getUint32(at + KEY.offset.tid, true);
    const address = readU64(view, at + UNFINISHED.offset.string);
    const comm = bytes.subarray(at + KEY.offset.comm, at + KEY.offset.comm + COMM_SIZE);
    found.push({
      comm: decodeName(comm.subarray(0, comm.includes(0) ? comm.indexOf(0) : COMM_SIZE)),
      syscall: `${syscallName(view.getUint16(at + KEY.offset.nr, true))}\0${UNFINISHED_FRAME}`,
      type: FILE_TYPES[view.getUint8(at + KEY.offset.type)] ?? 'none',
      pid: view.getUint32(at + KEY.offset.pid, true),
      tid,
      uid: view.getUint32(at + KEY.offset.uid, true),
      durationNs: Math.max(stopNs - readU64(view, at + UNFINISHED.offset.startNs), 0),
      gapNs: readU64(view, at + UNFINISHED.offset.gapNs),
      file: fileAt(view, at + KEY.offset.file),
      base: fileAt(view, at + UNFINISHED.offset.base),
      extra: new DataView(bytes.buffer, bytes.byteOffset + at + UNFINISHED.offset.extra, EXTRA.size),
      inode: readU64(view, at + UNFINISHED.offset.inode),
      string: address === 0 ? undefined : readString(tid, address),
    });
  }
  return found;
}

/** The path of its file as in a Profile, '' when the call has none, and the mountpoint that it lies under. */
export function nameOf(call: Unfinished, names: NameStore): { readonly path: string; readonly mount: string } {
  if (call.type === 'none') return { path: '', mount: '' };
  const name = names.name(call.file); // of a string: one that waits to be made again has been named
  if (name !== undefined) return name;
  if (call.type !== 'path') return { path: `[unnamed inode ${call.inode}]`, mount: '' };
  const base = names.name(call.base);
  if (call.string === undefined) return base ?? { path: '[unnamed path]', mount: '' };
  return { path: joinPath(base?.path, call.string), mount: base?.mount ?? '' };
}

function fileAt(view: DataView, at: number): Int32Array {
  return Int32Array.from({ length: FILE_WORDS }, (_, i) => view.getInt32(at + i * 4, true));
}

/** A string in a task's memory: it sits in the call that was given it. By pages, as the next may not be there. */
function readString(tid: number, address: number): string | undefined {
  const pieces: Buffer[] = [];
  try {
    const fd = openSync(`/proc/${tid}/mem`, 'r');
    try {
      for (let at = address; at < address + PATH_MAX; ) {
        const piece = Buffer.alloc(PAGE - (at % PAGE));
        const length = readSync(fd, piece, 0, piece.length, at);
        const end = piece.subarray(0, length).indexOf(0);
        pieces.push(piece.subarray(0, end < 0 ? length : end));
        if (end >= 0 || length === 0) break;
        at += length;
      }
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined; // it has ended, or we may not look into it
  }
  return decodeName(Buffer.concat(pieces));
}
