// Three numbers: their weighted sum, with BACKWARD each weight times what came back, or with GATHER a fourth before them in one row.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    if (lane + group.x * 64u < count()) {
//if FORWARD
        output[0] = one[0] * weight_1() + two[0] * weight_2() + three[0] * weight_3();
//end
//if BACKWARD
        output[0] = upstream[0] * weight_1();
        output[64] = upstream[0] * weight_2();
        output[128] = upstream[0] * weight_3();
//end
//if GATHER
        output[0] = zero[0];
        output[1] = one[0];
        output[2] = two[0];
        output[3] = three[0];
//end
    }
}
