#!/bin/sh
# Checks an evidence bundle without the software that wrote it. Needs a POSIX shell and sha256sum, openssl (3.0 or
# later), gzip, awk and sed; unzip too where the bundle is still a zip file. Needs no network and writes no file, except
# that it unpacks a zip file that it is given into a new folder. VERIFY.txt says the same command by command.
#
# This file came with the bundle, so whoever forged the bundle could have forged it: take it, the key's fingerprint and
# the authority's root certificate from somewhere else where much depends on it.
LC_ALL=C
export LC_ALL
unset IFS CDPATH
# Nothing that is read is ever expanded to names of files, except where the folder itself is looked through.
set -u -f

# Whatever stops this script before its verdict (a file that it stumbles over, its own end cut off) is no verdict: that must
# look neither like `all is proved` nor like `something is missing`.
decided=no
finish() { decided=yes; exit "$1"; }
trap '[ $decided = yes ] || { printf "\nThis check broke off before its end: nothing is proved.\n"; exit 1; }' EXIT

usage() {
    printf '%s\n' \
        'usage: sh verify.sh [--fingerprint SHA256] [--root FILE] [--name NAME] [FOLDER | FILE.zip]' \
        '' \
        '  FOLDER | FILE.zip     the bundle: the folder that bagit.txt is in [default: the present one]; a zip file is' \
        '                        unpacked into a new folder beside you, which stays' \
        '  --fingerprint SHA256  of the log'"'"'s key, as its owner published it: 64 hex digits' \
        '  --root FILE           the root certificate of the timestamp authority, from the authority (PEM)' \
        '  --name NAME           the capture that you were told of: 8 or more digits of its hash, or its nih: name' \
        '' \
        'Exit 0 all is proved, 1 something is wrong, 2 something is missing (such as a timestamp), 64 this was called wrongly.'
    finish 64
}

fingerprint='' root='' asked='' target=.
while [ $# -gt 0 ]; do
    case $1 in
        --fingerprint) [ $# -gt 1 ] || usage; fingerprint=$2; shift ;;
        --root) [ $# -gt 1 ] || usage; root=$2; shift ;;
        --name) [ $# -gt 1 ] || usage; asked=$2; shift ;;
        -*) usage ;;
        *) target=$1 ;;
    esac
    shift
done
case $fingerprint in sha256:*) fingerprint=${fingerprint#sha256:} ;; SHA256:*) fingerprint=${fingerprint#SHA256:} ;; esac
fingerprint=$(printf '%s' "$fingerprint" | sed 's/[: ]//g; y/ABCDEF/abcdef/')
case $fingerprint in *[!0-9a-f]*) usage ;; esac
[ -z "$fingerprint" ] || [ ${#fingerprint} -eq 64 ] || usage
case $asked in nih:*) asked=${asked#nih:*;} asked=${asked%;?} ;; esac
asked=$(printf '%s' "${asked#sha256:}" | sed 's/-//g; y/ABCDEF/abcdef/')
case $asked in *[!0-9a-f]*) usage ;; esac
[ -z "$asked" ] || [ ${#asked} -ge 8 ] || usage
case $root in '' | /*) ;; *) root=$PWD/$root ;; esac
[ -z "$root" ] || [ -f "$root" ] || { printf '%s is not there\n' "$root"; finish 64; }
for tool in sha256sum openssl gzip awk sed; do
    command -v "$tool" > /dev/null || { printf 'this machine has no %s, without which nothing can be checked\n' "$tool"; finish 64; }
done

# --- What is told ---------------------------------------------------------------------------------------------------
wrong0=0 wrong1=0 wrong2=0 wrong3=0 wrong4=0 open3=0 open4=0
wrong() {
    printf 'WRONG  L%s  %s\n' "$1" "$2"
    case $1 in 0) wrong0=1 ;; 1) wrong1=1 ;; 2) wrong2=1 ;; 3) wrong3=1 ;; 4) wrong4=1 ;; esac
}
missing() {
    printf 'OPEN   L%s  %s\n' "$1" "$2"
    case $1 in 3) open3=1 open4=1 ;; 4) open4=1 ;; esac
}
right() { printf 'ok     L%s  %s\n' "$1" "$2"; }
note() { printf 'note       %s\n' "$1"; }
# What a stranger wrote, without what would steer a terminal, and no longer than a line.
tame() { printf '%s' "$1" | awk 'NR == 1 { gsub(/[^ -~]/, "?"); print substr($0, 1, 200) }'; }
give_up() {
    printf '\nThe bundle is not one that can be checked further.\n'
    finish 1
}

# --- Bytes ----------------------------------------------------------------------------------------------------------
# The SHA-256 of what is read, as 64 hex digits.
digest() { sha256sum | sed 's/ .*//'; }
digest_of() { sha256sum < "$1" | sed 's/ .*//'; }
# Bytes from hex digits: awk turns them into the octal escapes that printf knows.
bytes_of() {
    # shellcheck disable=SC2059 # the format is made of octal escapes alone
    printf "$(printf '%s' "$1" | awk '{
        for (i = 1; i < length($0); i += 2) {
            value = 16 * (index("0123456789abcdef", substr($0, i, 1)) - 1) + index("0123456789abcdef", substr($0, i + 1, 1)) - 1
            printf "\\%03o", value
        }
    }')"
}
# Hex digits from base64, which stands in one line.
hex_of() {
    printf '%s\n' "$1" | awk '{
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        digits = "0123456789abcdef"
        if (length($0) % 4 != 0) exit
        bits = 0; held = 0
        for (i = 1; i <= length($0); i++) {
            letter = substr($0, i, 1)
            if (letter == "=") { if (i < length($0) - 1) exit; break }
            value = index(alphabet, letter) - 1
            if (value < 0) exit
            held = held * 64 + value; bits += 6
            if (bits >= 8) {
                bits -= 8; power = 1
                for (n = 0; n < bits; n++) power *= 2
                byte = int(held / power); held -= byte * power
                out = out substr(digits, int(byte / 16) + 1, 1) substr(digits, byte % 16 + 1, 1)
            }
        }
        print out
    }'
}
is_number() { case $1 in '' | *[!0-9]* | ???????????????*) return 1 ;; 0) ;; 0*) return 1 ;; esac; }
# How long the head of a record is, how long its block, and the head of the HTTP message in it (- where there is none).
shape() {
    gzip -dc < "$1" 2> /dev/null | awk '
        { total += length($0) + 1; line = $0; sub(/\r$/, "", line) }
        line == "" && !head { head = total; if (!http) exit; next }
        line == "" { message = total - head; exit }
        head { next }
        tolower(line) ~ /^content-length:/ { bytes = line; sub(/^[^:]*:[ \t]*/, "", bytes) }
        tolower(line) ~ /^content-type:[ \t]*application\/http/ { http = 1 }
        END { print head + 0, bytes, (http ? message + 0 : "-") }'
}
# Passes on LENGTH bytes of what FILE unpacks to, from OFFSET on: slice OFFSET LENGTH FILE. awk may not hold every byte,
# so it cuts base64, of which four letters are three bytes; what is put in front makes the cut fall between two groups.
slice() {
    case $(($1 % 3)) in 0) pad=0 lead='' ;; 1) pad=2 lead=xx ;; *) pad=1 lead=x ;; esac
    { printf '%s' "$lead"; gzip -dc < "$3" 2> /dev/null; } | openssl base64 2> /dev/null |
        awk -v skip=$((($1 + pad) / 3 * 4)) -v bytes="$2" '
            BEGIN {
                alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                left = int(bytes / 3) * 4; odd = bytes % 3
                if (bytes == 0) exit
            }
            {
                line = $0
                if (skip >= length(line)) { skip -= length(line); next }
                if (skip > 0) { line = substr(line, skip + 1); skip = 0 }
                if (left > 0) {
                    whole = substr(line, 1, left); print whole
                    left -= length(whole); line = substr(line, length(whole) + 1)
                }
                if (left > 0 || line == "") next
                if (odd == 1) print substr(line, 1, 1) keep(substr(line, 2, 1), 16) "=="
                if (odd == 2) print substr(line, 1, 2) keep(substr(line, 3, 1), 4) "="
                exit
            }
            function keep(letter, step, value) {
                value = index(alphabet, letter) - 1
                return substr(alphabet, value - value % step + 1, 1)
            }' | openssl base64 -d
}
# The digest of the block of a record, or of the payload of the HTTP message in it.
block_digest() {
    # shellcheck disable=SC2046 # three words
    set -- "$1" $(shape "$1")
    is_number "${3:-}" || { printf 'no length\n'; return; }
    slice "$2" "$3" "$1" | digest
}
payload_digest() {
    # shellcheck disable=SC2046 # three words
    set -- "$1" $(shape "$1")
    is_number "${3:-}" && is_number "${4:-}" || { printf 'no message\n'; return; }
    # A head without an empty line is all that there is of the message.
    if [ "$4" -eq 0 ] || [ "$4" -gt "$3" ]; then set -- "$1" "$2" "$3" "$3"; fi
    slice $(($2 + $4)) $(($3 - $4)) "$1" | digest
}

# --- JSON -----------------------------------------------------------------------------------------------------------
# Every value of a JSON text as PATH, TAB, VALUE: strings begin with a quotation mark, and keep their escapes. A number in
# a path is a place in a list: a key that looks like one gets a question mark.
facts() {
    awk '
        { if (NR > 1 || /[\001-\037]/) broken = 1; text = text $0 }
        END {
            gsub(/\\\\/, "\001", text); gsub(/\\"/, "\002", text)
            count = split(text, part, "\"")
            if (count % 2 == 0) broken = 1
            for (i = 1; i <= count && !broken; i++) {
                if (i % 2 == 1) { marks(part[i]); continue }
                gsub(/\001/, "\\\\", part[i]); gsub(/\002/, "\\\"", part[i])
                if (kind[depth] == "o" && wants_key) { key[depth] = part[i]; gsub(/[^A-Za-z0-9_-]/, "?", key[depth]); if (key[depth] ~ /^[0-9]+$/) key[depth] = "?" key[depth]; wants_key = 0 }
                else tell("\"" part[i])
            }
            if (broken || depth != 0) print "!"
        }
        function marks(text, i, mark) {
            for (i = 1; i <= length(text); i++) {
                mark = substr(text, i, 1)
                if (mark ~ /[0-9a-z.+-]/) { word = word mark; continue }
                if (word != "") { tell(word); word = "" }
                if (mark == "{") { depth++; kind[depth] = "o"; wants_key = 1 }
                else if (mark == "[") { depth++; kind[depth] = "a"; key[depth] = 0; wants_key = 0 }
                else if (mark == "}" || mark == "]") { depth--; wants_key = 0 }
                else if (mark == ",") { if (kind[depth] == "a") key[depth]++; else wants_key = 1 }
                else if (mark != ":" && mark != " ") broken = 1
                if (depth < 0 || depth > 40) { broken = 1; return }
            }
        }
        function tell(value, path, i) {
            path = key[1]
            for (i = 2; i <= depth; i++) path = path "/" key[i]
            if (path in told) broken = 1
            told[path] = 1
            print path "\t" value
        }' "$1"
}
# One of these values; a string without its quotation mark, nothing where there is none.
fact() { printf '%s\n' "$1" | awk -F '\t' -v want="$2" '$1 == want { sub(/^[^\t]*\t"?/, ""); print; exit }'; }

# --- The zip file ---------------------------------------------------------------------------------------------------
if [ -f "$target" ]; then
    command -v unzip > /dev/null || { printf 'this machine has no unzip: unpack the bundle by other means\n'; finish 64; }
    case $target in -*) target=./$target ;; esac
    # Names that could lie outside the folder, hide another one, or be taken for an option, are not unpacked.
    trouble=$(unzip -Z1 "$target" 2> /dev/null | awk '
        { name = $0; low = tolower(name); top = name; sub(/\/.*/, "", top) }
        NR == 1 { first = top }
        name !~ /^[A-Za-z0-9][A-Za-z0-9._\/-]*$/ || name ~ /\/[-.]/ || name ~ /\/\// || name !~ /\// { print "a name that is not allowed"; exit }
        top != first { print "more than one folder"; exit }
        low in seen { print "a name that stands twice: " name; exit }
        { seen[low] = 1 }
        END { if (NR == 0) print "no list of files that could be read" }')
    [ -z "$trouble" ] || { wrong 0 "the zip file has $(tame "$trouble")"; give_up; }
    unzip -tqq "$target" > /dev/null 2>&1 < /dev/null || { wrong 0 'the zip file is damaged'; give_up; }
    place=checked-$(digest_of "$target" | sed 's/^\(............\).*/\1/')
    [ ! -e "$place" ] || { printf '%s is there already, from an earlier check: delete it first\n' "$place"; finish 64; }
    unzip -qq "$target" -d "$place" > /dev/null 2>&1 < /dev/null || { wrong 0 'the zip file cannot be unpacked'; give_up; }
    note "unpacked into $place, which stays: delete it when you are done"
    set +f
    for target in "$place"/*; do :; done
    set -f
fi
[ -d "$target" ] || { printf '%s is not there\n' "$(tame "$target")"; finish 64; }
case $target in -*) target=./$target ;; esac
cd "$target" || finish 64
[ -f bagit.txt ] || { printf 'there is no bagit.txt here: name the folder of the bundle, or its zip file\n'; usage; }

# --- L0: what the lists name, and nothing else ------------------------------------------------------------------------
found=''
walk() {
    for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
        [ -e "$entry" ] || [ -h "$entry" ] || continue
        case ${entry#./} in
            *[!A-Za-z0-9._/-]* | -* | */-* | .* | */.*) wrong 0 "a file has a name that is not allowed: $(tame "$entry")"; give_up ;;
            */*/*/*/*/*/*) wrong 0 'folders lie too deep in one another'; give_up ;;
        esac
        if [ -h "$entry" ]; then
            wrong 0 "$entry is a symbolic link"; give_up
        elif [ -d "$entry" ]; then
            walk "$entry"
        elif [ -f "$entry" ]; then
            found="$found${entry#./}
"
        else
            wrong 0 "$entry is no file"; give_up
        fi
    done
}
set +f
walk .
set -f
for list in manifest-sha256.txt tagmanifest-sha256.txt; do
    [ -f "$list" ] || { wrong 0 "$list is missing"; give_up; }
done
# The files of the bag whose names fit a pattern.
files() { printf '%s' "$found" | awk -v want="$1" '$0 ~ want'; }
# Whether a list of digests names just the files that are there: check_list LIST PATTERN, of those that fit PATTERN.
check_list() {
    printf '%s' "$found" | awk -v within="$2" '
        phase == 1 {
            name = substr($0, 67)
            if (substr($0, 65, 2) != "  " || substr($0, 1, 64) ~ /[^0-9a-f]/ || name ~ /[^A-Za-z0-9._\/-]/ || name ~ /(^|\/)[.-]/ || name !~ within) { print "line " FNR " is not as it should be"; exit }
            if (name in listed) print name " is listed twice"
            listed[name] = 1
        }
        phase == 2 && $0 ~ within { if ($0 in listed) delete listed[$0]; else print $0 " was added: no list names it" }
        END { for (name in listed) print name " is listed, and missing" }' phase=1 "$1" phase=2 -
}
told=$(check_list manifest-sha256.txt '^data/'; check_list tagmanifest-sha256.txt '^(bagit|bag-info|manifest-sha256)[.]txt$'
    files . | awk '
        /^(bagit|bag-info|manifest-sha256|tagmanifest-sha256)[.]txt$/ { next }
        /^data\/(snapshot[.]wacz|snapshot-info[.]warc[.]gz|snapshot-records[.]txt|report[.]html|VERIFY[.]txt|verify[.]sh|certificate-902[.]md)$/ { next }
        /^data\/(original\/[1-9]\/)?records\/[0-9]+[.]warc[.]gz$/ || /^data\/original\/[1-9]\/manifest[.]json$/ { next }
        /^data\/certificates\/[0-9a-f]+[.]warc[.]gz$/ || /^data\/text\/(text[.]txt|statement[.]json|0[12][.]warc[.]gz)$/ { next }
        /^data\/proof\/(manifest[.]json|leaf[.]json|capture[.]tlog-proof|checkpoint([.](body|sig))?)$/ { next }
        /^data\/proof\/checkpoint[.][A-Za-z0-9_-]+[.]ts[qr]$/ || /^data\/trust\/(log-key[.]pem|log[.]vkey|tsa-(root|chain)[.][A-Za-z0-9_-]+[.]pem)$/ { next }
        { print $0 " is no part of an evidence bundle" }')
if [ -n "$told" ]; then
    wrong 0 "$(printf '%s' "$told" | sed 's/[^ -~]/?/g')"
    case $told in *'should be'*) give_up ;; esac
fi
for list in manifest-sha256.txt tagmanifest-sha256.txt; do
    said=$(sha256sum -c "$list" 2>&1) || wrong 0 "files are not what $list says: $(printf '%s\n' "$said" | sed -n '/: OK$/d; s/[^ -~]/?/g; /: FAILED/p')"
done
case $(sed -n 1p bagit.txt) in 'BagIt-Version: 1.0'*) ;; *) wrong 0 'bagit.txt is not that of BagIt 1.0' ;; esac
if [ $wrong0 -eq 0 ]; then right 0 'no file of the bag was added, is missing, or differs from its list'; fi

# --- L1 and L2: the records, and the manifest that names them ---------------------------------------------------------
payloads=' ' repeats='' verified=''
# The number of files under a folder of the bag.
count_of() { printf '%s' "$found" | awk -v within="$1/" 'index($0, within) == 1 { count++ } END { print count + 0 }'; }
# check_record FILE MEMBER RECORD BLOCK PAYLOAD TYPE: digests, or null.
check_record() {
    [ -f "$1" ] || { wrong 2 "$1 is missing, which the manifest names"; return; }
    if [ "$2" != null ] && [ "sha256:$(digest_of "$1")" != "$2" ]; then
        wrong 2 "$1 is not the gzip member that the manifest names"; return
    fi
    gzip -t < "$1" 2> /dev/null || { wrong 1 "$1 is damaged: gzip cannot read it"; return; }
    [ "sha256:$(gzip -dc < "$1" | digest)" = "$3" ] || { wrong 2 "$1 is not the record that the manifest names (header and block)"; return; }
    [ "sha256:$(block_digest "$1")" = "$4" ] || wrong 1 "the block of $1 is not the one that the manifest names"
    verified="$verified$1
"
    [ "$5" != null ] && [ "$kind" = capture ] || return 0
    if [ "$6" = revisit ]; then repeats="$repeats $5"; return; fi
    [ "sha256:$(payload_digest "$1")" = "$5" ] || { wrong 1 "the payload of $1 is not the one that the manifest names"; return; }
    [ "$6" != response ] || payloads="$payloads$5 "
}
# check_capture FOLDER MANIFEST: the records in a folder against their manifest. Leaves its facts in $of and its hash in
# $name.
check_capture() {
    [ -f "$2" ] || { wrong 2 "$2 is missing"; give_up; }
    name=$(digest_of "$2")
    of=$(facts "$2")
    case $of in '!' | *'
!') wrong 1 "$2 is not JSON of one line"; give_up ;; esac
    [ "$(fact "$of" v)" = 1 ] || { wrong 1 "$2 is of a version that this script does not know"; give_up; }
    kind=$(fact "$of" kind)
    # A list without gaps, of no more records than the bag has files, each with all five facts.
    rows=$(printf '%s\n' "$of" | awk -F '\t' -v most="$(files . | awk 'END { print NR }')" '
        $1 !~ /^records(\/|$)/ { next }
        split($1, path, "/") < 3 || path[2] !~ /^[0-9]+$/ || path[2] + 0 >= most { broken = 1; exit }
        { if (path[2] + 0 >= count) count = path[2] + 1 }
        split($1, path, "/") == 3 {
            value = $2; sub(/^"/, "", value); sub(/[^a-z0-9:].*/, "", value)
            at[path[2] + 0, path[3]] = value
        }
        function told(i, what) { if (at[i, what] == "") broken = 1; return at[i, what] }
        END {
            for (i = 0; i < count && !broken; i++)
                row[i] = told(i, "member_sha256") "," told(i, "record_sha256") "," told(i, "block_sha256") "," told(i, "payload_sha256") "," told(i, "type")
            if (broken) { print "!"; exit }
            for (i = 0; i < count; i++) print row[i]
        }')
    case $rows in *'!'*) wrong 1 "$2 does not list its records as it should"; give_up ;; esac
    number=0
    for row in $rows; do
        number=$((number + 1))
        folder=$1
        IFS=,
        # shellcheck disable=SC2086 # five words
        set -- "$1" "$2" $row
        unset IFS
        [ $# -eq 7 ] || { wrong 1 "$2 does not say all of record $number"; give_up; }
        check_record "$(printf '%s/%02d.warc.gz' "$1" $number)" "${3:-}" "${4:-}" "${5:-}" "${6:-}" "${7:-}"
        set -- "$folder" "$2"
    done
    number=$((number + 1))
    last=$(printf '%s/%02d.warc.gz' "$1" $number)
    if [ ! -f "$last" ]; then wrong 2 "$last is missing, which holds the manifest"
    elif ! gzip -t < "$last" 2> /dev/null; then wrong 1 "$last is damaged: gzip cannot read it"
    elif [ "$(block_digest "$last")" != "$name" ]; then wrong 2 "$last does not hold the manifest"
    else verified="$verified$last
"
    fi
    [ "$(count_of "$1")" -eq $number ] || wrong 2 "$1 holds other files than the manifest names"
    for hash in $(printf '%s\n' "$of" | awk -F '\t' '$1 ~ /\/chain_sha256\/[0-9]+$/ { sub(/^"sha256:/, "", $2); print $2 }'); do
        case $hash in *[!0-9a-f]*) continue ;; esac
        case $chain in *" $hash "*) ;; *) chain="$chain$hash " ;; esac
    done
}
chain=' '
check_capture data/records data/proof/manifest.json
main=$of main_name=$name main_kind=$kind
if [ "$main_kind" = import ]; then note 'this capture was imported: somebody else made it, and the archive did not witness it'; fi
next=$(fact "$main" original_manifest)
number_of=1
while [ -d "data/original/$number_of" ]; do
    check_capture "data/original/$number_of/records" "data/original/$number_of/manifest.json"
    [ "sha256:$name" = "$next" ] || wrong 2 "data/original/$number_of is not the capture whose payload is repeated"
    next=$(fact "$of" original_manifest)
    number_of=$((number_of + 1))
done
for hash in $repeats; do
    case $payloads in *" $hash "*) ;; *) wrong 2 "nothing in the bundle holds the payload $hash, which a record repeats" ;; esac
done
for hash in $chain; do
    file=data/certificates/$hash.warc.gz
    if [ ! -f "$file" ]; then note "of the certificate $hash only the digest is known"; continue; fi
    gzip -t < "$file" 2> /dev/null && [ "$(block_digest "$file")" = "$hash" ] || { wrong 2 "$file is not the certificate of its name"; continue; }
    verified="$verified$file
"
done
for file in $(files '^data/certificates/'); do
    hash=${file#data/certificates/} hash=${hash%.warc.gz}
    case $chain in *" $hash "*) ;; *) wrong 2 "$file is a certificate that no manifest names" ;; esac
done
# The text, and the records it stands in.
check_text() {
    case $1 in
        sha256:*)
            [ -f "data/text/$2" ] && [ "sha256:$(digest_of "data/text/$2")" = "$1" ] || wrong 2 "data/text/$2 is not the one that the manifest names"
            [ -f "data/text/$3" ] && [ "sha256:$(block_digest "data/text/$3")" = "$1" ] || wrong 2 "data/text/$3 does not hold data/text/$2" ;;
        *) [ ! -e "data/text/$2" ] && [ ! -e "data/text/$3" ] || wrong 2 "data/text holds a text, and the manifest names none" ;;
    esac
}
check_text "$(fact "$main" text/sha256)" text.txt 01.warc.gz
check_text "$(fact "$main" text/statement_sha256)" statement.json 02.warc.gz
# The WARC file of the package is its description and then these records, each just once.
if [ -f data/snapshot.wacz ] && [ -f data/snapshot-records.txt ] && [ -f data/snapshot-info.warc.gz ]; then
    order=$(printf '%s' "$verified" | awk '
        phase == 1 { known[$0] = 1 }
        phase == 2 && FNR == 1 { if ($0 != "data/snapshot-info.warc.gz") broken = 1; print; next }
        phase == 2 { if (!($0 in known)) broken = 1; delete known[$0]; print }
        END { for (name in known) broken = 1; if (broken) print "!" }' phase=1 - phase=2 data/snapshot-records.txt)
    case $order in
        *'!') wrong 2 'data/snapshot-records.txt does not list the records of this bundle, each once' ;;
        *)
            if ! command -v unzip > /dev/null; then note 'there is no unzip here, so the package data/snapshot.wacz was not compared'
            elif [ "$(unzip -p data/snapshot.wacz 'archive/*' 2> /dev/null < /dev/null | gzip -dc 2> /dev/null | digest)" != "$(for file in $order; do gzip -dc < "$file"; done | digest)" ]; then
                wrong 2 'the package data/snapshot.wacz does not hold the records of this bundle'
            fi ;;
    esac
else
    wrong 0 'data/snapshot.wacz, data/snapshot-info.warc.gz or data/snapshot-records.txt is missing'
fi
# The folder is named after the capture, unless somebody has named it otherwise.
here=${PWD##*/}
case $here in
    vidimus-????????????) case $main_name in "${here#vidimus-}"*) ;; *) wrong 2 "the folder $(tame "$here") is named after another capture" ;; esac ;;
esac
[ -z "$asked" ] || case $main_name in
    "$asked"*) right 2 'the manifest has the name that you gave' ;;
    *) wrong 2 "this is another capture than the one that you named: sha256:$main_name" ;;
esac
[ $wrong1 -ne 0 ] || right 1 'every record can be read to its end, and its digests are right'
[ $wrong2 -ne 0 ] || right 2 'the records (headers too), the text and the package are what the manifest says'

# --- L3: the manifest is in the signed log ----------------------------------------------------------------------------
proof=data/proof/capture.tlog-proof checkpoint=data/proof/checkpoint leaf=data/proof/leaf.json
check_leaf() {
    of_leaf=$(facts $leaf)
    case $(fact "$of_leaf" t) in capture | import) ;; *) wrong 3 'the leaf is not one of a capture'; return ;; esac
    [ "$(fact "$of_leaf" t)" = "$main_kind" ] || wrong 3 'the leaf is of another kind than the manifest'
    [ "$(fact "$of_leaf" manifest)" = "sha256:$main_name" ] || wrong 3 'the leaf is not that of this manifest'
    [ "$(fact "$of_leaf" id)" = "$(fact "$main" capture_id)" ] || wrong 3 'the leaf has another id than the manifest'
}
# The root hash that follows from the leaf (RFC 9162, section 2.1.3.2); nothing where the proof does not fit.
root_from_leaf() {
    # There and back again: this passes any bytes on, and not every gzip does.
    hash=$({ printf '\000'; openssl base64 < $leaf | openssl base64 -d; } | digest)
    at=$1 end=$(($2 - 1))
    for step in $3; do
        [ $end -gt 0 ] || return
        if [ $((at % 2)) -eq 1 ] || [ "$at" -eq $end ]; then
            hash=$(bytes_of "01$step$hash" | digest)
            while [ $((at % 2)) -eq 0 ] && [ "$at" -ne 0 ]; do at=$((at / 2)) end=$((end / 2)); done
        else
            hash=$(bytes_of "01$hash$step" | digest)
        fi
        at=$((at / 2)) end=$((end / 2))
    done
    [ $end -ne 0 ] || printf '%s\n' "$hash"
}
check_proof() {
    [ "$(sed -n 1p $proof)" = c2sp.org/tlog-proof@v1 ] || { wrong 3 'the proof is of no known form'; return; }
    place=$(sed -n '2s/^index //p' $proof)
    size=$(sed -n 2p $checkpoint)
    is_number "$place" && is_number "$size" && [ "$place" -lt "$size" ] || { wrong 3 'the index of the proof is not within the log'; return; }
    [ "$(awk 'tail { print } /^$/ { tail = 1 }' $proof | digest)" = "$(digest_of $checkpoint)" ] || { wrong 3 'the proof is for another checkpoint'; return; }
    steps=''
    for step in $(awk 'NR > 2 { if ($0 == "" || NR > 66) exit; print }' $proof); do
        step=$(hex_of "$step")
        [ ${#step} -eq 64 ] || { wrong 3 'a hash of the proof is none'; return; }
        steps="$steps $step"
    done
    expected=$(hex_of "$(sed -n 3p $checkpoint)")
    if [ "$(root_from_leaf "$place" "$size" "$steps")" = "$expected" ] && [ ${#expected} -eq 64 ]; then
        right 3 "the manifest is leaf $place of the log's first $size leaves"
    else
        wrong 3 'the proof does not lead from the leaf to the root of the log'
    fi
}
check_key() {
    vkey=$(sed -n 1p data/trust/log.vkey)
    own=${vkey%%+*} rest=${vkey#*+}
    said=${rest%%+*}
    key=$(hex_of "${rest#*+}")
    case $key in 01????????????????????????????????????????????????????????????????) ;; *) wrong 3 'data/trust/log.vkey is no key of this kind'; return 1 ;; esac
    spki=$(openssl pkey -pubin -in data/trust/log-key.pem -outform DER 2> /dev/null | openssl base64 -A)
    [ "$(hex_of "$spki")" = "302a300506032b6570032100${key#01}" ] || { wrong 3 'data/trust/log-key.pem and log.vkey are not one key'; return 1; }
    hash=$({ printf '%s\n' "$own"; bytes_of "$key"; } | digest)
    case $hash in "$said"*) [ ${#said} -eq 8 ] ;; *) false ;; esac || { wrong 3 'data/trust/log.vkey does not have the id of its key'; return 1; }
    print=$(openssl pkey -pubin -in data/trust/log-key.pem -outform DER 2> /dev/null | digest)
    if [ -z "$fingerprint" ]; then
        note "the log's key is self-asserted: its fingerprint is $print; compare it with what its owner published (--fingerprint)"
    elif [ "$fingerprint" = "$print" ]; then
        right 3 'the key is the one whose fingerprint you gave'
    else
        wrong 3 "the key is another one than you were told of: its fingerprint is $print"
    fi
}
check_signature() {
    origin=$(sed -n 1p $checkpoint)
    [ "$origin" = "$own" ] || { wrong 3 'the checkpoint is of another log than the key'; return; }
    [ "$(awk '/^$/ { exit } { print }' $checkpoint | digest)" = "$(digest_of data/proof/checkpoint.body)" ] || { wrong 3 'data/proof/checkpoint.body is not the signed part of the checkpoint'; return; }
    wanted=$said$(hex_of "$(openssl base64 -A < data/proof/checkpoint.sig)")
    [ ${#wanted} -eq 136 ] || { wrong 3 'data/proof/checkpoint.sig is no signature'; return; }
    for signature in $(awk -v name="$origin" 'tail && $1 == "\342\200\224" && $2 == name && NF == 3 { print $3 } /^$/ { tail = 1 }' $checkpoint); do
        [ "$(hex_of "$signature")" != "$wanted" ] || wanted=found
    done
    [ "$wanted" = found ] || { wrong 3 'data/proof/checkpoint.sig is not the signature under the checkpoint'; return; }
    if openssl pkeyutl -verify -pubin -inkey data/trust/log-key.pem -rawin -in data/proof/checkpoint.body -sigfile data/proof/checkpoint.sig > /dev/null 2>&1; then
        right 3 "the log's key signed the checkpoint"
    else
        wrong 3 "the log's key did not sign this checkpoint"
    fi
}
if [ ! -f $leaf ]; then
    missing 3 'the capture is not in the log'
else
    check_leaf
    if [ -f $checkpoint ] && [ -f $proof ] && [ -f data/trust/log.vkey ] && [ -f data/trust/log-key.pem ]; then
        check_proof
        if check_key; then check_signature; fi
    else
        missing 3 'the log is not signed: there is no checkpoint that covers the capture'
    fi
fi

# --- L4: it existed by then -------------------------------------------------------------------------------------------
# The seconds since 1970 of `Mar 24 08:30:00 2025 GMT`, and the same time as 2025-03-24T08:30:00Z.
time_of() {
    printf '%s\n' "$1" | awk '{
        month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $1) + 2) / 3; day = $2; year = $4
        split($3, clock, ":"); sub(/[.].*/, "", clock[3])
        if (month < 1 || year < 1970) exit
        y = year; m = month; if (m <= 2) { y--; m += 12 }
        days = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + day - 719469
        printf "%d %04d-%02d-%02dT%02d:%02d:%02dZ\n", days * 86400 + clock[1] * 3600 + clock[2] * 60 + clock[3], year, month, day, clock[1], clock[2], clock[3]
    }'
}
# ts_verify ANSWER ROOT CHAIN [SECONDS]: whether the answer is for the checkpoint, and its chain good.
ts_verify() {
    if [ -f "$3" ]; then set -- "$1" "$2" "${4:-}" -untrusted "$3"; else set -- "$1" "$2" "${4:-}"; fi
    answer=$1 trusted=$2 moment=$3
    shift 3
    [ -z "$moment" ] || set -- "$@" -attime "$moment"
    case $(openssl ts -verify -data $checkpoint -in "$answer" -CAfile "$trusted" "$@" 2> /dev/null) in *'Verification: OK'*) return 0 ;; esac
    return 1
}
stamps=0 rooted=0 without_root=''
check_stamp() {
    authority=${1#data/proof/checkpoint.} authority=${authority%.tsr}
    chain_file=data/trust/tsa-chain.$authority.pem own_root=data/trust/tsa-root.$authority.pem
    stated=$(openssl ts -reply -in "$1" -text 2> /dev/null < /dev/null | sed -n 's/^Time stamp: //p')
    # shellcheck disable=SC2046 # two words
    set -- "$1" $(time_of "$stated")
    [ $# -eq 3 ] || { wrong 4 "the answer of $authority is no timestamp"; return; }
    if [ ! -f "$own_root" ]; then
        if [ -z "$root" ]; then without_root="$without_root $authority"; return; fi
        own_root=$root
    fi
    # What counts is that the chain was good at the time that the authority states, whatever it is today.
    if ts_verify "$1" "$own_root" "$chain_file" "$2"; then
        how=''
        ts_verify "$1" "$own_root" "$chain_file" || how=' (a certificate of the authority has expired since; its chain was good at that time)'
    elif [ "$own_root" = "$root" ]; then
        note "$authority: not checked, the root that you gave is not its own"; return
    else
        wrong 4 "the timestamp of $authority is not one of this checkpoint, or its chain was not good at $3"; return
    fi
    stamps=$((stamps + 1))
    right 4 "$authority: the signed log with this capture existed by $3$how"
    if [ -n "$root" ] && ts_verify "$1" "$root" "$chain_file" "$2"; then
        rooted=$((rooted + 1)); right 4 "$authority: it leads to the root that you gave"
    fi
    captured=$(fact "$main" captured_at)
    case $(printf '%s\n%s\n' "${captured%%[.Z]*}" "${3%Z}" | awk 'NR == 1 { first = $0 } NR == 2 && first > $0 { print "after" }') in
        after) note "the manifest says that it was captured at $(tame "$captured"), after that time: the archive's clock was wrong" ;;
    esac
}
if [ $open3 -ne 0 ]; then
    open4=1
else
    for file in $(files '^data/proof/checkpoint[.].*[.]tsr$'); do check_stamp "$file"; done
    for authority in $without_root; do
        told="$authority: not verified, there is no root certificate of it in the bundle; give the authority's with --root"
        if [ $stamps -eq 0 ]; then missing 4 "$told"; else note "$told"; fi
    done
    if [ $stamps -eq 0 ] && [ $wrong4 -eq 0 ] && [ -z "$without_root" ]; then missing 4 'the checkpoint is not yet anchored: no timestamp authority has answered'; fi
    if [ -n "$root" ] && [ $stamps -gt 0 ] && [ $rooted -eq 0 ]; then wrong 4 'no timestamp leads to the root that you gave'; fi
    if [ -z "$root" ] && [ $stamps -gt 0 ]; then note 'the roots of the authorities are self-asserted: they came with the bundle; give one that you have from elsewhere (--root)'; fi
fi

# --- What it comes to -------------------------------------------------------------------------------------------------
# level LEVEL WRONG OPEN WHAT [FAILED]: FAILED is a level that failed, without which this one says nothing of the capture.
level() {
    if [ "$2" -ne 0 ]; then printf 'L%s FAILED      it is not so that %s\n' "$1" "$4"
    elif [ -n "${5:-}" ]; then printf 'L%s not proved, because L%s failed: %s\n' "$1" "$5" "$4"
    elif [ "$3" -ne 0 ]; then printf 'L%s incomplete  not proved: %s\n' "$1" "$4"
    else printf 'L%s proved      %s\n' "$1" "$4"; fi
}
printf '\n'
printf 'capture sha256:%s\n' "$main_name"
level 0 $wrong0 0 "every file is the one that the bag's own lists name, and there is no other (whoever makes a bundle anew makes its lists anew)"
level 1 $wrong1 0 'every record is well-formed and has the digests that it should'
level 2 $wrong2 0 'the records, headers included, and the text are those of the manifest'
failed=''
[ $wrong2 -eq 0 ] || failed=2
level 3 $wrong3 $open3 'the manifest is in the log that the key signed' $failed
[ -n "$failed" ] || [ $wrong3 -eq 0 ] || failed=3
level 4 $wrong4 $open4 'the manifest, and so all that it names, existed by the time that a timestamp authority states' $failed
printf '%s\n' 'data/report.html is for reading and is not proved; nor are data/certificate-902.md, data/VERIFY.txt, data/verify.sh and bag-info.txt.' \
    'The list of pages and the index inside of data/snapshot.wacz are not in the reach of this script: vidimus verify checks them.' \
    'Not proved by any of this: that the server sent it (TLS leaves no proof of that), or that what it says is true.'
case $wrong0$wrong1$wrong2$wrong3$wrong4 in *1*) finish 1 ;; esac
[ $open3$open4 = 00 ] || finish 2
finish 0
