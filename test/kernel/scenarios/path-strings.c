// Case 1: names whose pages are not there when the call is entered. A fresh mapping of a file has no page; the kernel
// faults it in while it makes the call.
#include "scenarios.h"

static int pagemap, strings;
static off_t next;

// A name on a page of its own that nobody has touched yet, and that may even be on disk only.
static const char *untouched(const char *name)
{
	char page[4096] = {};
	unsigned long entry;
	char *map;

	unwatch();
	strcpy(page, name);
	CHECK(MUST(pwrite(strings, page, sizeof(page), next)) == sizeof(page));
	MUST(fsync(strings));
	MUST(posix_fadvise(strings, 0, 0, POSIX_FADV_DONTNEED));
	map = (char *)MUST(mmap(NULL, sizeof(page), PROT_READ, MAP_PRIVATE, strings, next));
	next += sizeof(page);
	CHECK(MUST(pread(pagemap, &entry, 8, (unsigned long)map / 4096 * 8)) == 8);
	if (entry >> 63)
		cannot("a fresh mapping has its page");
	watch("main");
	return map;
}

// A name that begins on a page that is there and ends on one that is not.
static const char *half_touched(const char *name)
{
	char pages[8192] = {};
	unsigned long entries[2];
	size_t begin = 4096 - strlen(name) / 2;
	char *map;

	unwatch();
	strcpy(pages + begin, name);
	CHECK(MUST(pwrite(strings, pages, sizeof(pages), next)) == sizeof(pages));
	MUST(fsync(strings));
	map = (char *)MUST(mmap(NULL, sizeof(pages), PROT_READ, MAP_PRIVATE, strings, next));
	next += sizeof(pages);
	MUST(madvise(map, sizeof(pages), MADV_RANDOM)); // no faulting around
	CHECK(*(volatile char *)(map + begin) == *name);
	MUST(madvise(map + 4096, 4096, MADV_DONTNEED));
	CHECK(MUST(pread(pagemap, entries, 16, (unsigned long)map / 4096 * 8)) == 16);
	if (!(entries[0] >> 63) || entries[1] >> 63)
		cannot("no page of two can be taken away");
	watch("main");
	return map + begin;
}

void path_strings(void)
{
	struct stat status;
	const char *from, *to;
	int fd;

	pagemap = MUST(open("/proc/self/pagemap", O_RDONLY));
	strings = create("strings");
	to = untouched("opened");
	fd = MUST(open(to, O_RDWR | O_CREAT, 0644));
	MUST(close(fd));
	to = untouched("opened");
	MUST(stat(to, &status));
	to = untouched("missing/one");
	FAILS(ENOENT, open(to, O_RDONLY));
	to = untouched(in_directory("made"));
	MUST(mkdir(to, 0755));
	to = half_touched("a-name-on-two-pages");
	MUST(close(MUST(creat(to, 0644))));
	to = half_touched("a-name-on-two-pages");
	MUST(unlink(to));

	to = untouched("renamed-1");
	MUST(rename("opened", to));
	from = untouched("renamed-1");
	MUST(rename(from, "renamed-2"));
	from = untouched("renamed-2");
	to = untouched("renamed-3");
	MUST(rename(from, to));

	to = untouched("linked-1");
	MUST(link("renamed-3", to));
	from = untouched("linked-1");
	MUST(link(from, "linked-2"));
	from = untouched("linked-2");
	to = untouched("linked-3");
	MUST(linkat(AT_FDCWD, from, AT_FDCWD, to, 0));
	from = untouched("missing");
	to = untouched("linked-4");
	FAILS(ENOENT, link(from, to));
}

// Farther from everything else than the 64 KiB that a fault brings in around it.
static const struct {
	char before[1 << 17];
	char name[1 << 12];
	char after[1 << 17];
} far __attribute__((aligned(1 << 17))) = { .name = "a-constant-name" };

// A child has none of the pages of its program's constants.
void constant_strings(void)
{
	for (int i = 0; i < 40; i++) {
		unsigned long entry;
		pid_t child;

		if (in_child(&child)) {
			pagemap = MUST(open("/proc/self/pagemap", O_RDONLY));
			CHECK(MUST(pread(pagemap, &entry, 8, (unsigned long)far.name / 4096 * 8)) == 8);
			if (entry >> 63)
				cannot("a child has the pages of its constants");
			watch("child");
			FAILS(ENOENT, access(far.name, R_OK));
			_exit(0);
		}
		wait_for(child);
	}
}

// A call that writes its result where its name was.
void overwritten_string(void)
{
	char buffer[64] = "link";

	MUST(symlink("elsewhere", "link"));
	watch("main");
	CHECK(MUST(syscall(SYS_readlink, buffer, buffer, sizeof(buffer))) == 9);
}
