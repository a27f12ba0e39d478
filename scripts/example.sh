# Sourced by the scripts in examples/: sets up what is missing, and `ior_flame` is the command line, under sudo where it traces and this
# is not root. Results go into $out: the first argument of the example, otherwise examples/.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bash "$here/scripts/setup.sh"
out=${1:-$here/examples}

ior_flame() {
	local line=("$(command -v node)" "$here/dist/cli/main.js" "$@")
	if [ "$1" != diff ] && [ "$(id -u)" != 0 ]; then
		echo "tracing needs root, so this runs under sudo" >&2
		line=(sudo "${line[@]}")
	fi
	"${line[@]}"
}
