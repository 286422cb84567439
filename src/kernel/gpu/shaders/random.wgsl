// Standard normal numbers, or with MASK what inverted dropout multiplies by.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let index = group_of(group) * 64u + lane;
    if (index < count()) {
        let pair = vec2<u32>(bitcast<u32>(seed[0]), bitcast<u32>(seed[1]));
        var value = 0.0;
//if MASK
        value = kept(pair, site(), index, rate());
//end
//if NORMAL
        value = normal_number(pair, site(), index);
//end
        output[index] = value;
    }
}
