# SPDX-License-Identifier: MIT
"""A report as one HTML file without anything from outside: no script, no font, no image file."""
import html
import re

STYLE = """
:root{--ink:#1b1b1b;--paper:#fff;--quiet:#5a5a5a;--line:#ddd;--card:#f6f6f4;--good:#00664a;--bad:#a33d00;--blue:#0072B2;--shade:#0003;color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--ink:#e8e8e6;--paper:#161618;--quiet:#a5a5a0;--line:#3a3a3c;--card:#212124;--good:#5fd0a8;--bad:#ff9b5c;--blue:#7aa7ff;--shade:#fff3}}
*{box-sizing:border-box}body{margin:0 auto;max-width:78rem;padding:1rem;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
.stamp{display:inline-block;padding:.15rem .6rem;border:2px solid var(--good);color:var(--good);border-radius:.4rem;font-weight:600}
.stamp.not{border-color:var(--bad);color:var(--bad)}.quiet{color:var(--quiet);font-size:.9rem}
.answer{background:var(--card);padding:.8rem 1rem;border-left:4px solid var(--good);border-radius:.3rem}
.scroll{overflow-x:auto;overflow-wrap:normal}table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .45rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child,.words td,.words th{text-align:left}.words td{white-space:normal}th{color:var(--quiet);font-weight:600}
figure{margin:1rem 0;color:var(--ink);overflow-x:auto}figure svg{width:100%;height:auto;max-width:52rem;min-width:30rem}summary{cursor:pointer;padding:.3rem 0}figcaption{font-size:.9rem;color:var(--quiet)}
pre{background:var(--card);padding:.7rem;overflow-x:auto;font-size:.8rem;border-radius:.3rem}
.scroll,figure{background:linear-gradient(to right,var(--paper) 40%,transparent) local,linear-gradient(to left,var(--paper) 40%,transparent) right local,
linear-gradient(to right,var(--shade),transparent),linear-gradient(to left,var(--shade),transparent) right;
background-repeat:no-repeat;background-size:3rem 100%,3rem 100%,.8rem 100%,.8rem 100%}
.scroll th:first-child,.scroll td:first-child{position:sticky;left:0;background:var(--paper)}
@media(max-width:40rem){td:first-child{white-space:normal;min-width:9rem;overflow-wrap:anywhere}}
@media print{body{max-width:none}figure,tr{break-inside:avoid}}
"""


MOST_ROWS = 30  # more are folded away, so that the figures are found


def escape(text):
    return html.escape(str(text), quote=True)


def table(header, rows, words=False):
    rows = list(rows)
    head = "".join(f"<th scope=col>{escape(x)}</th>" for x in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(x)}</td>" for x in row) + "</tr>\n" for row in rows)
    if len(rows) > MOST_ROWS:
        return f"<details><summary>all {len(rows)} lines</summary>{tags(head, body, words)}</details>"
    return tags(head, body, words)


def tags(head, body, words):
    return f'<div class="scroll"><table{" class=words" if words else ""}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def items(texts):
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>" if texts else ""


def inline(svg, prefix):
    """Its ink is the page's, so that it can be read on dark paper; its ids are its own."""
    text = svg.decode("utf-8")
    text = text[text.index("<svg"):]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = text.replace("#1b1b1b", "currentColor")
    text = re.sub("#0072b2", "var(--blue)", text, flags=re.I)  # too dark for dark paper
    text = re.sub(r'\bid="', f'id="{prefix}', text)
    text = re.sub(r'(xlink:href="#|url\(#)', lambda m: m[1] + prefix, text)
    return text.replace("<svg", '<svg role="img"', 1)


def section(title, *parts):
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def page(title, parts):
    return ("<!DOCTYPE html>\n<!-- SPDX-License-Identifier: MIT -->\n<html lang=en><head><meta charset=utf-8>"
            '<meta name=viewport content="width=device-width,initial-scale=1">'
            "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
            f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n")
