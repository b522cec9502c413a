//! How the report looks: black on white, on a screen and on A4 paper.

/// The style sheet.
pub(super) const CSS: &str = "\
@page{size:A4;margin:20mm 18mm}\
html{background:#fff}\
body{max-width:44em;margin:2.5em auto;padding:0 1.2em;font:16px/1.5 Georgia,'Times New Roman',serif;color:#111;background:#fff}\
header{border-bottom:2px solid #111;margin-bottom:1.2em}\
.kind{margin:0;font-variant:small-caps;letter-spacing:.06em;color:#444}\
h1{margin:.1em 0 .2em;font-size:1.65em;line-height:1.25;overflow-wrap:anywhere}\
h2{margin:1.6em 0 .4em;font-size:1.15em;border-bottom:1px solid #999;break-after:avoid}\
.address{margin:0 0 .8em;overflow-wrap:anywhere;color:#333}\
dl.summary{display:grid;grid-template-columns:8em 1fr;gap:.15em 1em;margin:.6em 0 1em}\
dt{color:#555}dd{margin:0}\
table{border-collapse:collapse;width:100%;margin:.4em 0 1em}\
th,td{text-align:left;vertical-align:top;padding:.22em .5em .22em 0;border-bottom:1px solid #ddd;overflow-wrap:anywhere}\
tr{break-inside:avoid}\
.facts th{width:11.5em;font-weight:normal;color:#555}\
.list th{font-weight:normal;color:#555}\
.list td:first-child,.list th:first-child,.list .word{white-space:nowrap;padding-right:1em}\
.hash{font:.74em/1.6 'DejaVu Sans Mono',Consolas,monospace;overflow-wrap:anywhere;word-break:break-all}\
.small{font-size:.88em;color:#444}\
.warning{border:2px solid #111;padding:.6em .9em}\
blockquote{margin:.6em 0;padding:.2em 1.1em;border:1px solid #999;background:#fafafa;overflow-wrap:anywhere}\
blockquote p{margin:.55em 0;white-space:pre-wrap}\
img{max-width:100%;border:1px solid #999}\
ul{padding-left:1.2em}li{margin:.3em 0}\
code{font:.85em 'DejaVu Sans Mono',Consolas,monospace;overflow-wrap:anywhere}\
@media print{body{margin:0;padding:0;max-width:none;font-size:10.5pt}blockquote{background:#fff}}";
