import { describe, expect, it } from "vitest";
import { erf, erfc } from "../src/index.ts";
import { ulps } from "./laws.ts";

/** Units in the last place of f64. */
const wideUlps = (a: number, b: number): number =>
  Math.abs(a - b) / (2 ** Math.floor(Math.log2(Math.abs(b))) * 2 ** -52);

describe("the error function", () => {
  // x, erf(x), erfc(x) rounded from 30 digits (mpmath 1.3)
  it.each([
    [1e-8, 1.1283791670955126e-8, 0.9999999887162083],
    [0.1, 0.1124629160182849, 0.887537083981715],
    [0.3, 0.3286267594591274, 0.6713732405408726],
    [0.49, 0.511668261188523, 0.4883317388114769], // beside the bounds between the pieces
    [0.5, 0.5204998778130465, 0.4795001221869535],
    [0.51, 0.5292436198411704, 0.4707563801588296],
    [0.7, 0.6778011938374184, 0.32219880616258156],
    [0.74, 0.7046780778547458, 0.2953219221452542],
    [0.76, 0.7175367528055908, 0.28246324719440913],
    [0.9, 0.7969082124228322, 0.20309178757716786],
    [1, 0.8427007929497149, 0.15729920705028513],
    [1.5, 0.9661051464753108, 0.033894853524689274],
    [2, 0.9953222650189527, 0.004677734981047266],
    [3, 0.9999779095030014, 2.209049699858544e-5],
    [4.48, 0.9999999997636982, 2.3630173239626996e-10],
    [4.49, 0.9999999997844314, 2.1556855762604598e-10],
    [4.5, 0.9999999998033839, 1.9661604415428876e-10],
    [5.9, 0.9999999999999999, 7.190409783550478e-17],
    [6.28, 1.0, 6.610653977656803e-19],
    [6.29, 1.0, 5.820751867247628e-19],
    [8, 1.0, 1.1224297172982926e-29],
    [12, 1.0, 1.3562611692059042e-64],
    [20, 1.0, 5.395865611607901e-176],
    [26, 1.0, 5.663192408856143e-296],
  ])("at ±%f has its digits, at both precisions", (x, value, complement) => {
    expect(wideUlps(erf(x), value)).toBeLessThanOrEqual(3);
    expect(wideUlps(erfc(x), complement)).toBeLessThanOrEqual(7);
    expect(erf(-x)).toBe(-erf(x));
    expect(wideUlps(erfc(-x), 1 + value)).toBeLessThanOrEqual(3);
    const single = Math.fround(x);
    expect(ulps(erf.compiled("f32")(single), erf(single))).toBeLessThanOrEqual(3);
    expect(ulps(erfc.compiled("f32")(single), erfc(single))).toBeLessThanOrEqual(7);
  });
});
