// Takes the line info out of a .BTF.ext section: `strip-line-info.mjs FILE` rewrites the section's bytes in place. The text
// of the lines is not in the object anyway, and their numbers, into the preprocessed source, are a quarter of it. What
// stays is what the kernel and CO-RE need: func_info and core_relo (struct btf_ext_header, libbpf's btf.h).

import { readFileSync, writeFileSync } from 'node:fs';

const FIELDS = { headerLength: 4, funcOff: 8, funcLen: 12, lineOff: 16, lineLen: 20, coreOff: 24, coreLen: 28 };
const [, , file] = process.argv;
const section = readFileSync(file);
const field = (name) => section.readUInt32LE(FIELDS[name]);
const header = field('headerLength');
const part = (off, length) => section.subarray(header + field(off), header + field(off) + field(length));
const [func, core] = [part('funcOff', 'funcLen'), part('coreOff', 'coreLen')];
const start = Buffer.from(section.subarray(0, header));
start.writeUInt32LE(0, FIELDS.funcOff);
start.writeUInt32LE(func.length, FIELDS.lineOff);
start.writeUInt32LE(0, FIELDS.lineLen);
start.writeUInt32LE(func.length, FIELDS.coreOff);
writeFileSync(file, Buffer.concat([start, func, core]));
