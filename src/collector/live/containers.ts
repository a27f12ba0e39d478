// What a cgroup belongs to, by its path alone: the container, or the unit of systemd. Names of containers stand in their
// runtime's own files, which only root can read; the first twelve digits of the id are what `docker ps` and its like show.

/** Runtimes by the prefix of their scopes, where it is another. */
const RUNTIMES: Readonly<Record<string, string>> = {
  libpod: 'podman',
  'cri-containerd': 'containerd',
  nerdctl: 'containerd',
  crio: 'cri-o',
};
/** `docker-ID.scope`, `libpod-ID`, `kubepods-pod1.slice:cri-containerd:ID` */
const NAMED = /^(?:.*:)?([a-z][a-z-]*)[-:]([0-9a-f]{64})(?:\.scope)?$/;
/** With the cgroupfs driver: `/docker/ID`, `/kubepods/burstable/pod1/ID`, of containerd `/default/ID`. */
const BARE = /^[0-9a-f]{64}$/;
const SHORT = 12;
const UNIT = /\.(?:service|scope|mount|socket|swap)$/;

/** `docker:0123456789ab`, `nginx.service`, of user@1000.service too what is nearest; '' for neither. */
export function containerOf(cgroup: string): string {
  const parts = cgroup.split('/');
  for (const [i, part] of [...parts.entries()].toReversed()) {
    const [, prefix = '', id] = NAMED.exec(part) ?? [];
    // the monitor beside a container of podman or cri-o is none
    if (id !== undefined && !prefix.endsWith('conmon')) return `${RUNTIMES[prefix] ?? prefix}:${id.slice(0, SHORT)}`;
    if (BARE.test(part)) return `${ownerOf(parts.slice(0, i))}:${part.slice(0, SHORT)}`;
  }
  return parts.findLast((part) => UNIT.test(part)) ?? parts.findLast((part) => part.endsWith('.slice')) ?? '';
}

function ownerOf(above: readonly string[]): string {
  if (above.some((part) => part.startsWith('kubepods'))) return 'kubernetes';
  return above.at(-1) === 'docker' ? 'docker' : 'containerd';
}
