// What the graphics card does with each dot: a place between two, a colour out of a palette, a disc with a soft rim.

export const VERTEX = `#version 300 es
layout(location = 0) in float x;
layout(location = 1) in float y;
layout(location = 2) in float from_x;
layout(location = 3) in float from_y;
layout(location = 4) in uint category;
// How map coordinates come to the card's, which go from -1 to 1: scales, then offsets.
uniform vec4 view;
// How much of the way from one place to the other is done.
uniform float share;
// Diameter in pixels of the canvas, with half a pixel of rim on either side.
uniform float size;
uniform highp sampler2D palette;
flat out vec3 colour;

void main() {
  vec2 place = mix(vec2(from_x, from_y), vec2(x, y), share);
  gl_Position = vec4(place * view.xy + view.zw, 0.0, 1.0);
  gl_PointSize = size;
  colour = texelFetch(palette, ivec2(int(category), 0), 0).rgb;
}`

export const FRAGMENT = `#version 300 es
precision highp float;
flat in vec3 colour;
uniform float size;
uniform float opacity;
out vec4 pixel;

void main() {
  float out_of_middle = distance(gl_PointCoord, vec2(0.5)) * size;
  float alpha = opacity * clamp(size * 0.5 - out_of_middle, 0.0, 1.0);
  pixel = vec4(colour * alpha, alpha);
}`

/** Where each value of a dot goes in. */
export const ATTRIBUTE = { x: 0, y: 1, fromX: 2, fromY: 3, category: 4 } as const
export const UNIFORMS = ['view', 'share', 'size', 'opacity', 'palette'] as const
