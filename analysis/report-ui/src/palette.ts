// Colours. Those of mixes began as the hues of Okabe and Ito and were moved until each stands out from the background by at
// least 3 to 1 and any two are far apart for people without red or green cones too (tests/format.test.mjs). No chart
// relies on a hue alone: lines have dashes and marks, bars labels, segments letters.

export interface Look {
  dark: boolean;
  text: string; faint: string; line: string; grid: string; back: string; panel: string;
  series: string[];
  good: string; bad: string; warn: string; neutral: string; strong: string;
  ramp: [string, string];   // from nothing to most
}

export const LIGHT: Look = {
  dark: false,
  text: "#1b1f24", faint: "#57606a", line: "#8c959f", grid: "#e4e7eb", back: "#ffffff", panel: "#ffffff",
  series: ["#0060c0", "#b85c00", "#04904f", "#bf75a2", "#512e00", "#2893fb", "#3e4e53", "#2f0e89"],
  good: "#00805f", bad: "#c2500a", warn: "#8a6a00", neutral: "#6b7480", strong: "#0072b2",
  ramp: ["#f3f7fb", "#08519c"],
};

export const DARK: Look = {
  dark: true,
  text: "#e6e9ed", faint: "#a3acb7", line: "#6b7683", grid: "#2c333b", back: "#14181d", panel: "#1b2027",
  series: ["#4c96cc", "#d68438", "#38b684", "#eac2cb", "#e9d854", "#a4b9ff", "#f8fae8", "#8a5cff"],
  good: "#3cc79f", bad: "#f08a4b", warn: "#e6b93c", neutral: "#97a1ad", strong: "#56a9e8",
  ramp: ["#1f2730", "#6cb6f5"],
};

export const DASHES: (string | number[])[] = ["solid", [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 2, 6, 2], "solid", [8, 4]];
export const MARKS = ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect", "emptyTriangle", "emptyDiamond"];

// A colour between two, in straight RGB; `share` from 0 to 1.
export function between(from: string, to: string, share: number): string {
  const part = (text: string, at: number) => parseInt(text.slice(at, at + 2), 16);
  const mix = [1, 3, 5].map((at) => Math.round(part(from, at) + share * (part(to, at) - part(from, at))));
  return "#" + mix.map((x) => x.toString(16).padStart(2, "0")).join("");
}

// The text colour, black or white, that stands out more from a background (WCAG's contrast).
export function textOn(back: string): string {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = parseInt(back.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  return luminance > 0.179 ? "#000000" : "#ffffff";
}
