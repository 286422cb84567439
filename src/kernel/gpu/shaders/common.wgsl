// What several shaders share. Random numbers follow from (seed of the step, site, position) alone: the hash is pcg3d of Jarzynski
// and Olano, Hash functions for GPU rendering (JCGT 2020).

fn hashed(seed: vec2<u32>, site: u32, position: u32) -> vec3<u32> {
    var v = vec3<u32>(seed.x ^ (site * 0x9e3779b9u), seed.y + site, position);
    v = v * 1664525u + 1013904223u;
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v = v ^ (v >> vec3<u32>(16u));
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    return v;
}

// What inverted dropout multiplies by.
fn kept(seed: vec2<u32>, site: u32, position: u32, rate: f32) -> f32 {
    let uniform_number = f32(hashed(seed, site, position).x >> 8u) * (1.0 / 16777216.0);
    return select(0.0, 1.0 / (1.0 - rate), uniform_number >= rate);
}

// A standard normal number (Box and Muller 1958).
fn normal_number(seed: vec2<u32>, site: u32, position: u32) -> f32 {
    let v = hashed(seed, site, position);
    let radius = sqrt(-2.0 * log(f32((v.x >> 8u) + 1u) * (1.0 / 16777216.0)));
    return radius * cos(6.283185307179586 * f32(v.y >> 8u) * (1.0 / 16777216.0));
}

var<workgroup> shares: array<f32, 64>;

// The sum of what the 64 threads of a group bring, in each of them.
fn total(lane: u32, value: f32) -> f32 {
    workgroupBarrier();
    shares[lane] = value;
    workgroupBarrier();
    for (var half = 32u; half > 0u; half = half >> 1u) {
        if (lane < half) {
            shares[lane] += shares[lane + half];
        }
        workgroupBarrier();
    }
    return shares[0];
}

// The largest of what the 64 threads of a group bring, in each of them.
fn largest(lane: u32, value: f32) -> f32 {
    workgroupBarrier();
    shares[lane] = value;
    workgroupBarrier();
    for (var half = 32u; half > 0u; half = half >> 1u) {
        if (lane < half) {
            shares[lane] = max(shares[lane], shares[lane + half]);
        }
        workgroupBarrier();
    }
    return shares[0];
}
