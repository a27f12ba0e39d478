// Case 9: names that are long, deep, or made to break what reads them.
#include "scenarios.h"

// A path of exactly so many bytes, whose directories are there; the cwd is its directory afterwards.
static const char *path_of(size_t length)
{
	static char path[2 * PATH_MAX];
	size_t at = strlen(directory);

	strcpy(path, directory);
	MUST(chdir(directory));
	while (at < length) {
		size_t left = length - at - 1, name = left > 240 ? 200 : left;

		path[at] = '/';
		memset(path + at + 1, 'a' + name % 26, name);
		path[at + 1 + name] = 0;
		if (name != left) {
			mkdir(path + at + 1, 0755);
			MUST(chdir(path + at + 1));
		}
		at += 1 + name;
	}
	CHECK(strlen(path) == length);
	return path;
}

void long_paths(void)
{
	static const size_t lengths[] = { 4000, 4094, 4095 };
	const char *path;
	int fd;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		path = path_of(lengths[i]);
		report("path", "%s", path);
		watch("main");
		fd = MUST(open(path, O_RDWR | O_CREAT, 0644));
		write_exactly(fd, i + 1);
		MUST(close(fd));
		MUST(access(path, R_OK));
		MUST(access(strrchr(path, '/') + 1, R_OK));
		unwatch();
	}
}

// Longer than the kernel takes in one string, but there.
void longer_path(void)
{
	const char *path = path_of(4200), *name = strrchr(path, '/') + 1;
	int fd;

	report("path", "%s", path);
	watch("main");
	fd = MUST(open(name, O_RDWR | O_CREAT, 0644));
	write_exactly(fd, 5);
	MUST(access(name, R_OK));
	FAILS(ENAMETOOLONG, open(path, O_RDONLY));
}

static void descend(int levels)
{
	MUST(chdir(directory));
	for (int i = 0; i < levels; i++) {
		mkdir("d", 0755);
		MUST(chdir("d"));
	}
}

// 150 directories are inside what a walk climbs, 400 are not.
void deep_paths(void)
{
	int fd;

	descend(140);
	watch("main");
	fd = MUST(open("leaf", O_RDWR | O_CREAT, 0644));
	write_exactly(fd, 1);
	MUST(access("leaf", R_OK));
	unwatch();
	descend(400);
	watch("deeper");
	fd = MUST(open("leaf-below", O_RDWR | O_CREAT, 0644));
	write_exactly(fd, 2);
}

void hostile_names(void)
{
	// each is also the name of a directory, and paths.test.ts has the same list
	static const char *const names[] = {
		" ",
		"with space",
		"semi;colon",
		"line\nbreak",
		"tab\tand\rreturn",
		"\x1b[31mred\x1b[0m",
		"invalid \xff\xfe utf-8",
		"half of \xc3",
		"ends in 999 999",
		"right\xe2\x80\x8fto\xe2\x80\xaeleft",
		"back\\x41slash\\",
		"-rf",
		"\"quotes'`$(x)",
		"<script>&amp;<b>",
		"=1+1",
		"%s%n",
		"...",
		"\xef\xbb\xbf" "bom",
		"pipe",
		"[overflow]",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char file[512];
		int fd;

		watch("main");
		MUST(mkdir(names[i], 0755));
		snprintf(file, sizeof(file), "%s/%s", names[i], names[i]);
		fd = MUST(open(file, O_RDWR | O_CREAT, 0644));
		write_exactly(fd, i + 1);
		MUST(access(file, R_OK));
		unwatch();
	}
}
