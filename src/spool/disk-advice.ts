import { systemCode } from './files.ts'

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'give this process the right to write there, or name another directory',
  EPERM: 'give this process the right to write there, or name another directory',
  EROFS: 'the disk is read-only: name another directory',
  ENOTDIR: 'move away what is in its place, or name another directory',
  EISDIR: 'move away what is in its place, or name another directory',
  EEXIST: 'move away what is in its place, or name another directory',
  ELOOP: 'a symbolic link leads to itself: name another directory',
  ENAMETOOLONG: 'name a directory with a shorter path',
  ENOENT: 'something on the way to it is not there: name another directory',
  ENOSPC: 'make room on the disk',
  EDQUOT: 'make room in the quota of this user',
  EMFILE: 'let this process have more open files',
}

/** What the user can do about an error of the file system. */
export function adviceFor(error: unknown): string {
  return ADVICE[systemCode(error)] ?? 'check the disk'
}
