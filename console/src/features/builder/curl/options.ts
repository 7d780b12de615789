/** Options of cURL that have a value: the word behind them. */
export const WITH_VALUE: ReadonlySet<string> = new Set([
  ...["request", "header", "data", "data-ascii", "data-raw", "data-binary", "data-urlencode", "json"],
  ...["form", "form-string", "user", "url", "url-query", "cookie", "user-agent", "referer", "oauth2-bearer"],
  ...["max-time", "connect-timeout", "output", "output-dir", "proxy", "proxy-user", "proxy-header", "cert"],
  ...["cert-type", "key", "key-type", "pass", "cacert", "capath", "upload-file", "write-out", "retry"],
  ...["retry-delay", "retry-max-time", "resolve", "connect-to", "cookie-jar", "range", "interface"],
  ...[
    "limit-rate",
    "max-redirs",
    "max-filesize",
    "noproxy",
    "socks5",
    "socks5-hostname",
    "ciphers",
    "config",
  ],
  ...["dump-header", "trace", "trace-ascii", "stderr", "unix-socket", "aws-sigv4", "tls-max", "time-cond"],
  ...[
    "keepalive-time",
    "speed-time",
    "speed-limit",
    "dns-servers",
    "local-port",
    "continue-at",
    "ftp-port",
    "quote",
    "telnet-option",
    "proto",
    "proto-redir",
    "rate",
  ],
]);

/** Those that say nothing of the request. */
export const WITHOUT_MEANING: ReadonlySet<string> = new Set([
  ...["silent", "show-error", "include", "verbose", "compressed", "fail", "fail-with-body", "fail-early"],
  ...["globoff", "no-buffer", "progress-bar", "no-progress-meter", "http1.0", "http1.1", "http2", "http3"],
  ...["http2-prior-knowledge", "tlsv1", "tlsv1.0", "tlsv1.1", "tlsv1.2", "tlsv1.3", "ipv4", "ipv6", "basic"],
  ...["remote-name", "path-as-is", "connect-timeout", "output", "output-dir", "write-out", "retry"],
  ...["retry-delay", "retry-max-time", "cookie-jar", "dump-header", "trace", "trace-ascii", "stderr"],
  ...[
    "max-redirs",
    "max-filesize",
    "limit-rate",
    "no-keepalive",
    "tcp-nodelay",
    "keepalive-time",
    "speed-time",
    "speed-limit",
    "disable",
    "styled-output",
  ],
]);

/** Why those that mean something are left out all the same. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  location: "Redirects are not followed: use the address that they lead to.",
  "location-trusted": "Redirects are not followed: use the address that they lead to.",
  insecure: "Certificates are always checked.",
  "upload-file": "The content of a file is not in the command: paste it as the body.",
  cert: "Certificates of a client are not supported.",
  key: "Certificates of a client are not supported.",
  digest: "Digest authentication is not supported.",
  ntlm: "NTLM authentication is not supported.",
  negotiate: "Negotiate authentication is not supported.",
  anyauth: "Only a user name and password are sent.",
  "aws-sigv4": "Signatures of AWS are not supported.",
};

export const SHORT: Readonly<Record<string, string>> = {
  ...{ X: "request", H: "header", d: "data", F: "form", u: "user", G: "get", I: "head", b: "cookie" },
  ...{ A: "user-agent", e: "referer", m: "max-time", s: "silent", S: "show-error", i: "include" },
  ...{ v: "verbose", f: "fail", L: "location", k: "insecure", g: "globoff", N: "no-buffer", o: "output" },
  ...{ O: "remote-name", x: "proxy", U: "proxy-user", E: "cert", T: "upload-file", w: "write-out" },
  ...{ c: "cookie-jar", D: "dump-header", r: "range", "4": "ipv4", "6": "ipv6", "0": "http1.0" },
  ...{ "1": "tlsv1", "#": "progress-bar", q: "disable", K: "config", z: "time-cond" },
  ...{ y: "speed-time", Y: "speed-limit", C: "continue-at", P: "ftp-port", Q: "quote", t: "telnet-option" },
};
