// Writes the verdicts of NuGet's own NuGet.Versioning, in the line format of tests/fixtures/versions.rs. README.md says how.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using NuGet.Versioning;

static class Generate
{
    static readonly Random random = new Random(20260115);
    static readonly SortedSet<string> seen = new SortedSet<string>(StringComparer.Ordinal);
    static readonly TextWriter output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { NewLine = "\n" };

    static readonly string[] published =
    {
        "1.6.27", "2.0.21", "2.0.22", "2.0.29", "3.0.7", "3.0.16", "4.0.1", "4.0.26", "5.0.5", "5.1.1", "6.0.0", "6.0.20",
        "6.0.26", "7.0.0", "7.0.4", "7.0.5", "7.0.13", "7.1.1", "7.2.7", "7.2.19", "8.0.4", "8.0.68", "9.0.1", "9.0.38",
        "10.0.1", "10.1.4", "11.0.16", "12.0.16", "13.0.26", "14.0.12", "15.0.1", "16.0.7", "17.0.14", "2.0.22-g6d5fefdb",
        "1.4.0-beta-1", "2.4.10", "3.1.1", "2.5.0-develop0028", "7.0.4.0", "7.0.4.1", "7.0.5-beta", "7.0.5-rc.1", "7.0.6-alpha",
    };
    static readonly string[] numbers = { "0", "1", "2", "7", "07", "10", "00", "2147483647", "2147483648", "99999999999" };
    static readonly string[] labels =
    {
        "alpha", "ALPHA", "beta", "Beta", "rc", "rc1", "rc9", "rc10", "RC10", "0", "1", "2", "10", "01", "-1", "-01", "--1", "-",
        "a-b", "a", "A", "b", "x0", "0x", "00", "2147483647", "2147483648", "99999999999999999999", "preview", "dev-7",
    };
    static readonly string[] odd =
    {
        "", " ", "v1.0", "1.0.0.0.0", "1..0", "1.", ".1", "1.0-", "1.0-a..b", "1.0-a_b", "1.0+", "1.0+a..b", "1.0+a+b", "1.0+a_b",
        "1 . 0", " 1.0", "1.0 ", "1 .0 -rc", "1.0- rc", "1.0 -rc", "1. 0", "1 0", "+1", "-1", "1.-1", "1.0-\u0664", "\u0661.0",
        "1.0\u00e9", "1,0", "1.0-rc+a-b.01", "1.0+00", "1.0-00", "1.0-0", "1.0-0a", "1.x", "x", "latest", "1.0.*", "[1.0]", "1.0;",
        "1\t.0", "\u00a01.0", "$(V)", "1.0-$(S)", "2147483648.0", "1.2147483648", "1.0-2147483648", "0", "0.0", "00.0.0.0",
    };

    static void Main()
    {
        var library = typeof(NuGetVersion).Assembly.GetName().Version;
        output.WriteLine("# Written by tests/oracles/nuget/generate.cs with NuGet.Versioning " + library.ToString(3) + "; do not edit.");
        Orders();
        Refusals();
        Ranges();
        output.Flush();
    }

    static void Line(params string[] words)
    {
        var line = string.Join("\t", words.Select(Escape));
        if (seen.Add(line)) output.WriteLine(line);
    }

    static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            if (c == '\\') escaped.Append("\\\\");
            else if (c == '\t') escaped.Append("\\t");
            else if (c < ' ' || c > '~') escaped.Append("\\u{" + ((int)c).ToString("x") + "}");
            else escaped.Append(c);
        }
        return escaped.ToString();
    }

    static T Any<T>(IList<T> list) { return list[random.Next(list.Count)]; }

    static string AnyVersion()
    {
        if (random.Next(4) == 0) return Any(published);
        var text = string.Join(".", Enumerable.Range(0, random.Next(1, 5)).Select(_ => Any(numbers)));
        if (random.Next(2) == 0)
            text += "-" + string.Join(".", Enumerable.Range(0, random.Next(1, 4)).Select(_ => Any(labels)));
        if (random.Next(6) == 0) text += "+" + Any(labels);
        return text;
    }

    static void Orders()
    {
        var all = new List<NuGetVersion>();
        var texts = new List<string>(published);
        foreach (var label in labels) texts.Add("7.0.5-" + label);
        foreach (var a in labels) foreach (var b in labels) if (random.Next(9) == 0) texts.Add("7.0.5-" + a + "." + b);
        for (var i = 0; i < 600; i++) texts.Add(AnyVersion());
        foreach (var text in texts)
        {
            NuGetVersion version;
            if (NuGetVersion.TryParse(text, out version)) all.Add(version);
        }
        all.Sort(VersionComparer.VersionRelease);
        for (var i = 0; i + 1 < all.Count; i++)
            foreach (var step in new[] { 1, 2, 5 })
                if (i + step < all.Count) Compare(all[i], all[i + step]);
        for (var i = 0; i < 3500; i++) Compare(Any(all), Any(all));
    }

    static void Compare(NuGetVersion a, NuGetVersion b)
    {
        var order = VersionComparer.VersionRelease.Compare(a, b);
        var word = order < 0 ? "<" : order > 0 ? ">" : "=";
        if (word == ">") Line("order", b.OriginalVersion, "<", a.OriginalVersion);
        else Line("order", a.OriginalVersion, word, b.OriginalVersion);
    }

    static void Refusals()
    {
        var texts = new List<string>(odd);
        for (var i = 0; i < 2500; i++) texts.Add(AnyVersion());
        const string wild = "0179.-+ aA*_";
        for (var i = 0; i < 4000; i++)
            texts.Add(new string(Enumerable.Range(0, random.Next(1, 8)).Select(_ => wild[random.Next(wild.Length)]).ToArray()));
        foreach (var text in texts)
        {
            NuGetVersion version;
            if (!NuGetVersion.TryParse(text, out version)) Line("refuse", text);
            // As printed by NuGet itself the version is the same one.
            else Line("order", text, "=", version.ToNormalizedString());
        }
    }

    static string Bound()
    {
        switch (random.Next(12))
        {
            case 0: return Any(new[] { "", " " });
            case 1: return Any(new[] { "*", "1.*", "7.*", "7.0.*", "7.0.5.*", "7.0.5-*", "6.0.*-*", "7.*-rc*", "*-*", "*-rc.*", "7*", "7.0*" });
            case 2: return " " + Any(published) + " ";
            case 3: return AnyVersion();
            default: return Any(published);
        }
    }

    static IEnumerable<string> Requirements()
    {
        foreach (var text in odd) yield return text;
        foreach (var version in published)
        {
            yield return version;
            yield return "[" + version + "]";
            yield return "(" + version + ")";
            yield return "(" + version + ",)";
            yield return "[" + version + ",)";
            yield return "(," + version + ")";
            yield return "(," + version + "]";
            yield return version + "-*";
            yield return version + ".*";
            yield return version + "*";
            yield return "[" + version + "," + version + "]";
            yield return "(" + version + "," + version + ")";
            yield return "[" + version + "," + version + ")";
        }
        foreach (var text in new[]
        {
            "*", "**", "* ", " *", "*-*", "*.*", "1.*", "6.*", "7.*", "7.*.*", "7.0.*", "7.0.5.*", "7.0.5.0.*", "7.0.5-*", "7.0.5-rc*",
            "7.0.5-rc.*", "7.0.5-rc-*", "7.0.5--*", "7.0.5-a-b.*", "7.0.5-*-*", "7.*-*", "7.*--*", "7.*-rc*", "7.*-rc.*", "7.0.*-*",
            "7.0.5.*-*", "7.0.5.0.*-*", "*-rc*", "*-rc-*", "*-rc.*", "7.*-*rc", "7.*rc-*", "7.*-*a*", "7-*", "7.0-*", "7*", "7.5*",
            "7.0.5*", "7.0.5*-*", "7.*+a", "7.0+*", "7.*-*+a", "7.x", "7.0.x", "~7.0", "^7.0.5", ">=7.0.5", "7.0.5,8.0", "[]", "()", "[ ]",
            "[,]", "(,)", "[ , ]", "[,", "]", "[7.0.5", "7.0.5]", "[7.0.5,8.0,9.0]", "[[7.0.5]]", "[7.0.5),", "[*]", "[7.*]", "[7.*,8)",
            "[7.*,]", "(7.*,)", "[*,8)", "(*,8)", "[ *,8)", "[7.* ,8)", "[*-*,8)", "[ *-*,8)", "(,7.*]", "[7.0.*,7.0.0]", "[7.0.*,7.0.0)",
            "[0,)", "0", "0.0.0", "0.*", "0.0.0-*", "0.0.0-0", "[0.0.0,7.0.5)", "(0,7.0.5)", "[0]", "[8.0,7.0]", "[7.0.5,7.0.5.0]",
            "[1.0] ", "[1.0)(", "[7.0.5 8.0]", "7.0.5 - 8.0", "[7.0.5-beta,8)", "[7.0.4,8.0-*)", "(7.0.5-beta,)", "[,7.0.5-0)",
        }) yield return text;
        for (var i = 0; i < 1300; i++)
            yield return Any(new[] { "[", "(", "" }) + Bound() + Any(new[] { ",", ", ", "" }) + Bound() + Any(new[] { "]", ")", "" });
        for (var i = 0; i < 500; i++) yield return "[" + Bound() + "," + Bound() + ")";
        const string wild = "017.-+*,[]() a";
        for (var i = 0; i < 2500; i++)
            yield return new string(Enumerable.Range(0, random.Next(1, 9)).Select(_ => wild[random.Next(wild.Length)]).ToArray());
    }

    static void Ranges()
    {
        var minimums = new[] { "7.0.5", "7.2", "3.1.1" };
        var dense = new List<string>(published);
        foreach (var minimum in minimums)
        {
            var v = NuGetVersion.Parse(minimum);
            for (var major = v.Major - 1; major <= v.Major + 1; major++)
                for (var minor = 0; minor <= v.Minor + 1; minor++)
                    for (var patch = 0; patch <= v.Patch + 2; patch++)
                        foreach (var rest in new[] { "", ".1", "-0", "-alpha", "-rc.1", "-zz" })
                            dense.Add(major + "." + minor + "." + patch + rest);
        }
        foreach (var low in new[] { "0.0.0.1", "0.0.0-a", "0.0.1", "0.1.0", "2147483647.0", "7.0.4.2147483647" }) dense.Add(low);
        var versions = dense.Distinct().Select(NuGetVersion.Parse).ToList();
        foreach (var text in Requirements().Distinct().ToList())
        {
            VersionRange range;
            if (!VersionRange.TryParse(text, out range))
            {
                Line("refuse-range", "nuget", text);
                continue;
            }
            for (var i = 0; i < 5; i++)
            {
                var version = Any(versions);
                Line(range.IsBetter(null, version) ? "in" : "out", "nuget", text, version.OriginalVersion);
            }
            var near = new List<NuGetVersion>(versions);
            foreach (var bound in new[] { range.MinVersion, range.MaxVersion })
            {
                if (bound == null) continue;
                Line(range.IsBetter(null, bound) ? "in" : "out", "nuget", text, bound.ToNormalizedString());
                var above = new NuGetVersion(bound.Major, bound.Minor, bound.Patch, bound.Revision == int.MaxValue ? 0 : bound.Revision + 1);
                Line(range.IsBetter(null, above) ? "in" : "out", "nuget", text, above.ToNormalizedString());
                near.Add(bound);
                near.Add(above);
            }
            var minOfAll = new NuGetVersion(0, 0, 0);
            if (!range.IsFloating && range.IsMinInclusive && range.IsBetter(null, range.MinVersion) && range.MinVersion > minOfAll)
                Line("takes", "nuget", text, range.FindBestMatch(near.OrderBy(_ => random.Next())).ToNormalizedString());
            foreach (var minimum in minimums)
            {
                var border = NuGetVersion.Parse(minimum);
                var taken = near.Where(version => range.IsBetter(null, version)).ToList();
                if (taken.Count == 0) continue;
                var below = taken.Any(version => version < border);
                var notBelow = taken.Any(version => version >= border);
                Line(below && notBelow ? "straddles" : below ? "below" : "above", "nuget", text, minimum);
            }
        }
    }
}
