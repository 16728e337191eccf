/** The whole style of the bank's pages: no file to fetch, no script, contrast of at least 7 to 1 for text. */
export const STYLE = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:#eef2f1;color:#15262b;font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Microsoft YaHei","Noto Sans SC",sans-serif}
header{background:#12434a;color:#fff;padding:.7rem 1rem}
header div{max-width:30rem;margin:auto;display:flex;flex-wrap:wrap;align-items:center;gap:.6rem;font-weight:600}
header svg{width:2rem;height:1.5rem;flex:none}
header a,header button{color:#fff;font:inherit;font-weight:400;font-size:.9rem}
header form,header .aside{margin-left:auto}
header button{background:none;border:1px solid #9fc0c1;border-radius:.5rem;padding:.35rem .7rem;min-height:2.5rem;line-height:1.2;cursor:pointer}
main{max-width:30rem;margin:auto;padding:1.1rem 1rem 3rem}
h1{font-size:1.35rem;line-height:1.25;margin:.2rem 0 .9rem;text-wrap:balance}
h2{font-size:1.05rem;margin:0 0 .35rem}
p{margin:.35rem 0 .8rem}
.card{background:#fff;border:1px solid #d3dedc;border-radius:.9rem;padding:1rem;margin:0 0 1rem}
.sum{font-size:2.1rem;font-weight:650;line-height:1.15;margin:0 0 .7rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
dl{margin:0}
dl div{display:flex;flex-wrap:wrap;gap:0 .9rem;margin-top:.3rem}
dt{color:#45585d;flex:0 0 5.2rem}
dd{flex:1 1 9rem;min-width:0;margin:0;font-weight:550;overflow-wrap:anywhere}
dd small,.quiet{display:block;color:#45585d;font-weight:400;font-size:.92rem}
label{display:block;font-weight:600;margin:.8rem 0 .25rem}
input{width:100%;font:inherit;padding:.6rem .7rem;min-height:3rem;border:1.5px solid #6b8085;border-radius:.6rem;background:#fff;color:inherit}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,8rem),1fr));gap:0 .8rem;align-items:end}
.go{display:block;width:100%;min-height:3.25rem;margin-top:1rem;padding:.6rem 1rem;border:0;border-radius:.7rem;background:#12565e;color:#fff;font:inherit;font-size:1.08rem;font-weight:620;cursor:pointer}
.go:hover{background:#0d4249}
.second{background:#fff;color:#12434a;border:2px solid #12565e}
.second:hover{background:#e6f0ef}
.plain{background:#fff;color:#7a1f1f;border:1.5px solid #a65d5d;font-weight:550}
.plain:hover{background:#fbefef}
.small{width:auto;min-height:2.75rem;font-size:.98rem;margin-top:.6rem}
:focus-visible{outline:3px solid #c46a00;outline-offset:2px}
.notice{border-left:.3rem solid #9a5b00;background:#fff6e5;padding:.6rem .8rem;border-radius:.4rem;margin:0 0 1rem}
.good{border-color:#1d6b3c;background:#e9f6ee}
summary{cursor:pointer;padding:.5rem 0;font-weight:550;color:#12434a;min-height:2.75rem}
ul{list-style:none;margin:0;padding:0}
li+li{border-top:1px solid #dfe7e5;margin-top:.7rem;padding-top:.7rem}
.row{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;align-items:baseline}
.row b{font-weight:600;font-variant-numeric:tabular-nums;white-space:nowrap}
.tag{font-size:.85rem;border:1px solid #6b8085;border-radius:1rem;padding:.05rem .6rem;white-space:nowrap}
`
