// Writes the verdicts of golang.org/x/mod/semver and golang.org/x/mod/module on Go module versions, in the line format of
// tests/fixtures/versions.rs.
//
// Debian's package golang-golang-x-mod-dev brings the library; from this folder:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run main.go > ../../versions/golang-oracle.txt
package main

import (
	"bufio"
	"fmt"
	"math/rand"
	"os"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// The tags of k8s.io/client-go and neighbours, and what their commits are called.
var released = strings.Fields(`
v1.4.0 v1.5.0 v1.5.1 v1.5.2 v2.0.0+incompatible v2.0.0-alpha.0 v3.0.0+incompatible v3.0.0-beta.0+incompatible
v4.0.0+incompatible v5.0.0+incompatible v5.0.1+incompatible v6.0.0+incompatible v7.0.0+incompatible
v8.0.0+incompatible v9.0.0+incompatible v9.0.0-invalid v10.0.0+incompatible v11.0.0+incompatible v12.0.0+incompatible
v0.15.7 v0.15.8 v0.15.9 v0.15.10 v0.15.11 v0.15.12 v0.16.4 v0.16.15 v0.17.0 v0.17.0-alpha.1 v0.17.0-alpha.2
v0.17.0-beta.1 v0.17.0-beta.2 v0.17.0-rc.1 v0.17.0-rc.2 v0.17.17 v0.18.0 v0.18.0-beta.2 v0.18.20 v0.19.0 v0.19.16
v0.20.0 v0.20.15 v0.21.0 v0.22.17 v0.23.17 v0.24.17 v0.25.16 v0.26.15 v0.27.16 v0.28.15 v0.29.15 v0.30.14 v0.31.14
v0.32.10 v0.33.6 v0.34.2 v0.35.0 v0.36.0-alpha.0
v0.0.0-20190918160344-1fbdaa4c8d90 v0.0.0-20190620085101-78d2af792bab v0.0.0-20190918200256-06eb1244587a
v11.0.1-0.20190409021438-1a26190bd76a+incompatible v11.0.1-0.20190805182717-6502b5e7b1b5+incompatible
v2.0.0-alpha.0.0.20190313235726-6ee68ca5fd83+incompatible v0.15.8-beta.0.0.20200101000000-abcdefabcdef
v0.18.10-0.20200922000000-abcdefabcdef v0.17.1-0.20200118233946-a432bd9ba7da v1.0.0-20190918160344-1fbdaa4c8d90
v1.2.0-20190918160344-1fbdaa4c8d90 v1.2.3-rc.20190918160344-1fbdaa4c8d90 v1.2.3-0.2019091816034-1fbdaa4c8d90
v0.0.0-20190918160344-1fbdaa4c8d90.1 v3.0.0-20190918160344-x v1.19.3-k3s1
v0.99999999999999999999.0 v0.100000000000000000000.0 v99999999999999999999.0.0 v1.0.0-99999999999999999999
v1.0.0-100000000000000000000
`)

var wild = []string{
	"", " ", "v", "V1.0.0", "1.0.0", "v1", "v1.2", "v1.2.3.4", "v01.0.0", "v1.02.0", "v1.0.03", "v1.0.0-", "v1.0.0+", "v1.0.0-01",
	"v1.0.0-0", "v1.0.0-a..b", "v1.0.0-a_b", "v1.0.0+a_b", "v1.0.0+a..b", "v1.0.0 ", " v1.0.0", "v1.0.0\t", "v1.0.٣", "v１.0.0",
	"latest", "master", "upgrade", "patch", "none", "*", "v*", "v1.x", "v1.0.x", "v-1.0.0", "v1.-1.0", "=v1.0.0", ">=v1.0.0", "<v1.0.0",
	"2019-09-18", "20190918160344-1fbdaa4c8d90", "v1.0.0-beta+exp.sha.5114f85", "v1.0.0+21AF26D3---117B344092BD", "v1.0.0--", "v1.0.0-0a",
	"v1.0.0-alpha.-1", "${version}", "{{ version }}", "v1.0.0+incompatible.1", "v1.0.0-incompatible", "v1,0,0", "v1.0.0/v2",
}

var random = rand.New(rand.NewSource(20210408))

func pick(from ...string) string { return from[random.Intn(len(from))] }

func randomVersion() string {
	number := func() string {
		return pick("0", "1", "2", "7", "9", "10", "11", "15", "99", "100", "00", "01", "18446744073709551616", fmt.Sprint(random.Intn(40)))
	}
	text := "v" + number() + "." + number() + "." + number()
	identifier := func() string {
		return pick("0", "1", "2", "10", "alpha", "beta", "rc", "rc1", "rc10", "ALPHA", "a-b", "-", "-1", "01", "1a", "a1", "k3s1", "20190918160344", "99999999999999999999")
	}
	if random.Intn(2) == 0 {
		text += "-" + identifier()
		for random.Intn(3) != 0 {
			text += pick(".", ".", ".", "-") + identifier()
		}
	}
	if random.Intn(5) == 0 {
		text += pick("-0.", "-", ".0.") + "20190918160344-" + pick("1fbdaa4c8d90", "abcdefabcdef", "abc", "ABCDEF", "a_b")
	}
	if random.Intn(4) == 0 {
		text += pick("+incompatible", "+build.1", "+", "+a-b", "+01", "+a_b")
	}
	return text
}

// canonical reports whether a go.mod file can hold the text as it is: a whole semantic version, which the go command does not
// have to look up. Build metadata is dropped by the go command, not looked up.
func canonical(text string) bool {
	return semver.IsValid(text) && semver.Canonical(text) == strings.TrimSuffix(text, semver.Build(text))
}

func escape(text string) string {
	return strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\r", "\\r").Replace(text)
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintln(out, "# Written by tests/oracles/golang/main.go around golang.org/x/mod; see there how.")
	texts := append(append([]string{}, released...), wild...)
	for i := 0; i < 1500; i++ {
		texts = append(texts, randomVersion())
	}
	var versions []string
	seen := map[string]bool{}
	for _, text := range texts {
		if seen[text] {
			continue
		}
		seen[text] = true
		if !canonical(text) {
			fmt.Fprintf(out, "refuse\t%s\n", escape(text))
			continue
		}
		versions = append(versions, text)
		if module.IsPseudoVersion(text) {
			rev, err := module.PseudoVersionRev(text)
			if err != nil {
				panic(err)
			}
			at := strings.LastIndex(text, rev)
			fmt.Fprintf(out, "commit\t%s\t%s\t%s\n", text, text[at-15:at-1], rev)
		} else {
			fmt.Fprintf(out, "no-commit\t%s\n", text)
		}
	}
	order := func(a, b string) {
		switch semver.Compare(a, b) {
		case -1:
			fmt.Fprintf(out, "order\t%s\t<\t%s\n", a, b)
		case 0:
			fmt.Fprintf(out, "order\t%s\t=\t%s\n", a, b)
		case 1:
			fmt.Fprintf(out, "order\t%s\t<\t%s\n", b, a)
		}
	}
	for i, a := range released {
		for _, b := range released[i:] {
			if canonical(a) && canonical(b) {
				order(a, b)
			}
		}
	}
	for i := 0; i < 18000; i++ {
		order(pick(versions...), pick(versions...))
	}
}
