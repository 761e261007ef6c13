/**
 * Module 3.93 — Functions that modules bring along: what WGSL lacks, or leaves open.
 *
 * WGSL promises little about NaN, infinities, −0 and the errors of its functions, and less than
 * little on some drivers: `x != x` is false for NaN, `tanh(100)` is NaN, `max(NaN, 1)` is 1. So
 * special values are told by their bits, and exponentials, logarithms and sines are written out:
 * range reduction, then a polynomial (coefficients of the Cephes library, https://netlib.org/cephes).
 * A module gets those whose names appear in it.
 */

/** Text by name; an entry may call others. */
const functions: Readonly<Record<string, string>> = {
  // Bits that no compiler can tell: `main` begins by setting no_bits to what is 0 on every run.
  float_of_bits: `var<private> no_bits: u32;
fn float_of_bits(bits: u32) -> f32 { return bitcast<f32>(bits | no_bits); }`,
  // Compilers take (1 + x) − 1 for x, unless they do not see that it is one.
  as_rounded: `fn as_rounded(x: f32) -> f32 { return float_of_bits(bitcast<u32>(x)); }`,
  // x + y = sum + what it lost, exactly (D. E. Knuth, The Art of Computer Programming, 4.2.2)
  lost_in: `fn lost_in(x: f32, y: f32, sum: f32) -> f32 {
  let of_y = as_rounded(sum - x);
  return (x - as_rounded(sum - of_y)) + (y - of_y);
}`,
  // what an infinite sum lost is NaN
  with_lost: `fn with_lost(sum: f32, lost: f32) -> f32 { return select(sum + lost, sum, is_nan(lost)); }`,
  is_nan: `fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }`,
  is_infinite: `fn is_infinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }`,
  float_nan: `fn float_nan() -> f32 { return float_of_bits(0x7fc00000u); }`,
  float_infinity: `fn float_infinity() -> f32 { return float_of_bits(0x7f800000u); }`,

  float_min: `fn float_min(x: f32, y: f32) -> f32 {
  return select(select(min(x, y), y, is_nan(y)), x, is_nan(x));
}`,
  float_max: `fn float_max(x: f32, y: f32) -> f32 {
  return select(select(max(x, y), y, is_nan(y)), x, is_nan(x));
}`,

  // 0 and −0 are equal, NaN is greater than everything
  order_of_float: `fn order_of_float(x: f32) -> u32 {
  let bits = select(bitcast<u32>(x), 0u, x == 0f);
  let word = select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
  return select(word, 0xffffffffu, is_nan(x));
}`,
  int_of_float: `fn int_of_float(x: f32) -> i32 {
  let within = i32(clamp(x, -2147483648f, 2147483520f));
  return select(select(within, 2147483647i, x >= 2147483648f), 0i, is_nan(x));
}`,
  uint_of_float: `fn uint_of_float(x: f32) -> u32 {
  let within = u32(clamp(x, 0f, 4294967040f));
  return select(select(within, 4294967295u, x >= 4294967296f), 0u, is_nan(x));
}`,
  byte_of_float: `fn byte_of_float(x: f32) -> u32 {
  return select(u32(clamp(x, 0f, 255f)), 0u, is_nan(x));
}`,
  // drivers may round 32 bits twice; two parts of fewer digits are exact, and so is their one sum
  float_of_uint: `fn float_of_uint(x: u32) -> f32 {
  return f32(x >> 8u) * 256f + f32(x & 0xffu);
}`,
  int_rem: `fn int_rem(x: i32, y: i32) -> i32 {
  let trivial = y == 0i || y == -1i;
  return select(x % select(y, 1i, trivial), 0i, trivial);
}`,
  uint_rem: `fn uint_rem(x: u32, y: u32) -> u32 { return select(x % max(y, 1u), 0u, y == 0u); }`,

  // ±mantissa · 2^(exponent − 150); those of subnormal numbers have no leading one
  float_rem: `fn float_rem(x: f32, y: f32) -> f32 {
  let a = bitcast<u32>(x) & 0x7fffffffu;
  let b = bitcast<u32>(y) & 0x7fffffffu;
  if (a >= 0x7f800000u || b > 0x7f800000u || b == 0u) { return float_nan(); }
  if (a < b) { return x; }
  let high = max(i32(a >> 23u), 1i);
  let low = max(i32(b >> 23u), 1i);
  let divisor = select(b & 0x7fffffu, (b & 0x7fffffu) | 0x800000u, b >= 0x800000u);
  var rest = select(a & 0x7fffffu, (a & 0x7fffffu) | 0x800000u, a >= 0x800000u) % divisor;
  for (var left = high - low; left > 0i; left -= 8i) {
    rest = (rest << u32(min(left, 8i))) % divisor;
  }
  let free = i32(countLeadingZeros(rest)) - 8i;
  let shift = clamp(free, 0i, low - 1i);
  let mantissa = rest << u32(shift);
  let exponent = select(0u, u32(low - shift) << 23u, mantissa >= 0x800000u);
  let magnitude = (mantissa & 0x7fffffu) | exponent;
  return bitcast<f32>(select(magnitude, 0u, rest == 0u) | (bitcast<u32>(x) & 0x80000000u));
}`,

  // 2^n in two factors, as it may be too large or too small for one
  power_of_two: `fn power_of_two(x: f32, n: i32) -> f32 {
  let half = n / 2i;
  return x * bitcast<f32>(u32(half + 127i) << 23u) * bitcast<f32>(u32(n - half + 127i) << 23u);
}`,
  // e^r for |r| ≤ ½ ln 2
  small_exp: `fn small_exp(r: f32) -> f32 {
  var y = 1.9875691500e-4f;
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  return y * (r * r) + r + 1f;
}`,
  float_exp: `fn float_exp(x: f32) -> f32 {
  let bounded = clamp(x, -110f, 90f);
  let n = round(bounded * 1.44269504f);
  let r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
  return select(power_of_two(small_exp(r), i32(n)), x, is_nan(x));
}`,
  // x as m · 2^e with √½ ≤ m < √2
  mantissa_of: `struct Mantissa { m: f32, e: f32 }
fn mantissa_of(x: f32) -> Mantissa {
  let tiny = x < 1.17549435e-38f;
  let bits = bitcast<u32>(select(x, x * 8388608f, tiny));
  let above = (bits & 0x7fffffu) > 0x3504f3u;
  let m = bitcast<f32>((bits & 0x7fffffu) | select(0x3f800000u, 0x3f000000u, above));
  let e = f32(i32(bits >> 23u) - 127i) + select(0f, 1f, above) - select(0f, 23f, tiny);
  return Mantissa(m, e);
}`,
  float_log: `fn float_log(x: f32) -> f32 {
  let parts = mantissa_of(x);
  let t = parts.m - 1f;
  var y = 7.0376836292e-2f;
  y = y * t - 1.1514610310e-1f;
  y = y * t + 1.1676998740e-1f;
  y = y * t - 1.2420140846e-1f;
  y = y * t + 1.4249322787e-1f;
  y = y * t - 1.6668057665e-1f;
  y = y * t + 2.0000714765e-1f;
  y = y * t - 2.4999993993e-1f;
  y = y * t + 3.3333331174e-1f;
  let square = t * t;
  y = y * t * square - 2.12194440e-4f * parts.e - 0.5f * square;
  let finite = (t + y) + 0.693359375f * parts.e;
  let edge = select(float_nan(), -float_infinity(), x == 0f);
  let ordinary = select(finite, x, is_infinite(x) || is_nan(x));
  return select(ordinary, edge, x <= 0f);
}`,

  // ln(1 + x): the error of u = 1 + x cancels in x / (u − 1)
  float_log1p: `fn float_log1p(x: f32) -> f32 {
  let u = as_rounded(1f + x);
  let near = float_log(u) * (x / (u - 1f));
  return select(select(near, float_log(u), x > 1f), x, u == 1f);
}`,

  // both words of a product, the lower first
  wide_product: `fn wide_product(x: u32, y: u32) -> vec2u {
  let low = (x & 0xffffu) * (y & 0xffffu);
  let first = (x >> 16u) * (y & 0xffffu) + (low >> 16u);
  let second = (x & 0xffffu) * (y >> 16u) + (first & 0xffffu);
  let high = (x >> 16u) * (y >> 16u) + (first >> 16u) + (second >> 16u);
  return vec2u((second << 16u) | (low & 0xffffu), high);
}`,
  // For |x| ≥ 2¹³ (Payne and Hanek, "Radian reduction for trigonometric functions",
  // https://doi.org/10.1145/1057600.1057602): of 2/π only the bits that make a difference to the
  // quarter turn are multiplied.
  many_turns: `const two_over_pi = array<u32, 8>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);
fn many_turns(x: f32) -> Turns {
  let bits = bitcast<u32>(x);
  let mantissa = (bits & 0x7fffffu) | 0x800000u;
  let start = min(((bits >> 23u) & 0xffu) - 120u, 134u);
  var digits = two_over_pi;
  var window = vec3u(0u);
  for (var i = 0u; i < 3u; i++) {
    let at = (start >> 5u) + i;
    let below = select(digits[at + 1u] >> (32u - max(start & 31u, 1u)), 0u, (start & 31u) == 0u);
    window[i] = (digits[at] << (start & 31u)) | below;
  }
  let third = wide_product(mantissa, window.z);
  let second = wide_product(mantissa, window.y);
  let first = wide_product(mantissa, window.x);
  let middle = second.x + third.y;
  let upper = first.x + second.y + select(0u, 1u, middle < third.y);
  // two bits of quarters, then the fraction
  var high = (upper << 2u) | (middle >> 30u);
  var low = (middle << 2u) | (third.x >> 30u);
  let past = high >= 0x80000000u; // nearer to the next quarter
  if (past) {
    low = ~low + 1u;
    high = ~high + select(0u, 1u, low == 0u);
  }
  let zeros = countLeadingZeros(high);
  let lead = select((high << min(zeros, 31u)) | (low >> (32u - clamp(zeros, 1u, 31u))), high, zeros == 0u);
  let whole = select(lead, low, zeros == 32u);
  let size = f32(whole) * bitcast<f32>((127u - 32u - zeros) << 23u) * 1.57079633f;
  let n = i32(upper >> 30u) + select(0i, 1i, past);
  let r = select(size, -size, past);
  let negative = (bits & 0x80000000u) != 0u;
  return Turns(select(r, -r, negative), select(n, -n, negative));
}`,
  // x − n · π/2 for the nearest n; π/2 in parts of ten bits, so that products are exact
  quarter_turns: `struct Turns { r: f32, n: i32 }
fn quarter_turns(x: f32) -> Turns {
  if (abs(x) >= 8192f) { return many_turns(x); }
  let n = round(x * 0.636619747f);
  var r = x - n * 1.5703125f;
  r = r - n * 4.83512878e-4f;
  r = r - n * 3.13855708e-7f;
  r = r - n * 6.07710050e-11f;
  return Turns(r, i32(n));
}`,
  small_sin: `fn small_sin(r: f32) -> f32 {
  let z = r * r;
  let y = (-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f;
  return y * z * r + r;
}`,
  small_cos: `fn small_cos(r: f32) -> f32 {
  let z = r * r;
  let y = (2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f;
  return y * z * z - 0.5f * z + 1f;
}`,
  float_sin: `fn float_sin(x: f32) -> f32 {
  let turns = quarter_turns(x);
  let y = select(small_sin(turns.r), small_cos(turns.r), (turns.n & 1i) == 1i);
  let signed = select(y, -y, (turns.n & 2i) == 2i);
  return select(signed, float_nan(), is_infinite(x) || is_nan(x));
}`,
  float_cos: `fn float_cos(x: f32) -> f32 {
  let turns = quarter_turns(x);
  let y = select(small_cos(turns.r), small_sin(turns.r), (turns.n & 1i) == 1i);
  let signed = select(y, -y, ((turns.n + 1i) & 2i) == 2i);
  return select(signed, float_nan(), is_infinite(x) || is_nan(x));
}`,

  // the first twelve of a float's digits, so that products of two such are exact
  leading: `fn leading(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }`,
  // a^y for a > 0, from log₂ a in two floats
  positive_power: `fn positive_power(a: f32, y: f32) -> f32 {
  let parts = mantissa_of(a);
  let t = parts.m - 1f;
  let u = as_rounded(parts.m + 1f);
  let u_rest = parts.m - (u - 1f);
  let s = t / u;
  let s1 = leading(s);
  let u1 = leading(u);
  let residue = ((t - s1 * u1) - s1 * (u - u1)) - (s - s1) * u - s * u_rest;
  let s2 = s - s1;
  let z = s * s;
  let series = z * (0.333333333f + z * (0.2f + z * (0.142857143f + z * (0.111111111f + z * 0.0909090909f))));
  let product = s1 * 2.884765625f;
  let sum = parts.e + product;
  let lost = product - (sum - parts.e);
  let small = s1 * 6.24457e-4f + (s2 + residue / u) * 2.88539008f + 2.88539008f * s * series + lost;
  let log_high = sum + small;
  let log_low = small - (log_high - sum);
  let estimate = y * log_high;
  let y1 = leading(y);
  let h1 = leading(log_high);
  let main = y1 * h1;
  let rest = y1 * (log_high - h1) + (y - y1) * log_high + y * log_low;
  let n = round(clamp(main + rest, -160f, 140f));
  let power = power_of_two(small_exp(((main - n) + rest) * 0.693147181f), i32(n));
  return select(select(power, float_infinity(), estimate > 140f), 0f, estimate < -160f);
}`,
  float_pow: `fn float_pow(x: f32, y: f32) -> f32 {
  let a = abs(x);
  if (y == 0f) { return 1f; }
  if (is_nan(x) || is_nan(y) || (a == 1f && is_infinite(y))) { return float_nan(); }
  let whole = is_infinite(y) || floor(y) == y;
  let odd = whole && abs(y) < 16777216f && (i32(clamp(y, -16777216f, 16777216f)) & 1i) == 1i;
  let negative = (bitcast<u32>(x) & 0x80000000u) != 0u;
  var size = 0f;
  if (a == 0f || is_infinite(a)) {
    size = select(0f, float_infinity(), (a == 0f) == (y < 0f));
  } else if (is_infinite(y)) {
    size = select(0f, float_infinity(), (a > 1f) == (y > 0f));
  } else {
    size = positive_power(a, y);
    if (negative && !whole) { return float_nan(); }
  }
  return select(size, -size, negative && odd);
}`,
};

const order = Object.keys(functions);
const calls = (text: string, name: string): boolean => text.includes(`${name}(`);

/** The line that `main` begins with where bits are hidden: what is bound is never empty, but who knows. */
export const hideBits = (array: string): string =>
  `no_bits = select(0u, 1u, arrayLength(&${array}) == 0u);`;

/** What a text calls, with what that calls, in the order of the table. */
export function preludeFor(text: string): readonly string[] {
  const found = new Set<string>();
  const visit = (body: string): void => {
    for (const name of order)
      if (!found.has(name) && calls(body, name)) {
        found.add(name);
        visit(functions[name] as string);
      }
  };
  visit(text);
  return order.filter((name) => found.has(name)).map((name) => functions[name] as string);
}
