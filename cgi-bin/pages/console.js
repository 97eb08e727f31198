/* SPDX-License-Identifier: ISC */
/* What works without it works better with it; nothing needs it. */
"use strict";

/* A form that came back: to what is wrong. */
const problems = document.getElementById("problems");
if (problems)
	problems.focus();
