/** Generated video: a figure before a landscape, so that pictures look like those of a call without any camera. */

const SKIES = [
  ["#f4c89b", "#b5683c", "#5b3a3a"],
  ["#bfe0e6", "#5f9aa6", "#2c525c"],
  ["#cdd7b6", "#7c9160", "#3e4d2c"],
  ["#e6d4e8", "#9a7aa8", "#4d3a58"],
  ["#f1dfb8", "#c59a4f", "#6b4d1f"],
  ["#c5cfe8", "#6678b0", "#333f6b"],
  ["#eac7c4", "#b06a6c", "#5f3438"],
  ["#c9ebdc", "#5aa78a", "#265645"],
  ["#dcdcdc", "#8e9aa0", "#434c52"],
];
const SKIN = ["#e8b48c", "#c98d64", "#f0c9a6", "#8d5a3b", "#dba37a", "#6b4430", "#f2d0b0", "#b77b54", "#e0ac86"];
const HAIR = ["#2b1d18", "#4a2c1d", "#141010", "#1a1311", "#5a4634", "#0f0d0d", "#8a5a2b", "#33231c", "#3c3c44"];
const CLOTHES = ["#1c6470", "#bf3a25", "#39533f", "#4a4587", "#86402d", "#22344f", "#7a2f45", "#2f5d50", "#4d5a61"];

/** The figures stand still in screenshots, so that these are the same every time. */
const STILL = matchMedia("(prefers-reduced-motion: reduce)").matches;

/** @param {number} n which figure @param {number} [width] @param {number} [height] @returns {MediaStreamTrack} */
export function pictureTrack(n, width = 640, height = 480) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const draw = (time) => {
    drawFigure(context, n, width, height, STILL ? 0 : time / 1000);
    requestAnimationFrame(draw);
  };
  draw(0);
  return canvas.captureStream(15).getVideoTracks()[0];
}

function drawFigure(c, n, w, h, seconds) {
  const [high, low, far] = SKIES[n % SKIES.length];
  const sky = c.createLinearGradient(0, 0, 0, h);
  sky.addColorStop(0, high);
  sky.addColorStop(1, low);
  c.fillStyle = sky;
  c.fillRect(0, 0, w, h);
  c.fillStyle = "#ffffff55";
  c.beginPath();
  c.arc(w * (0.2 + 0.07 * (n % 9)), h * 0.24, h * 0.1, 0, Math.PI * 2);
  c.fill();
  c.fillStyle = far;
  c.globalAlpha = 0.45;
  c.beginPath();
  c.moveTo(0, h);
  for (let x = 0; x <= w; x += 8)
    c.lineTo(x, h * (0.62 + 0.07 * Math.sin(x / 70 + n * 2) + 0.04 * Math.sin(x / 23 + n)));
  c.lineTo(w, h);
  c.fill();
  c.globalAlpha = 1;
  const sway = Math.sin(seconds * 1.2 + n) * w * 0.006;
  const x = w / 2 + sway;
  const size = h * 0.2;
  const y = h * 0.43;
  c.fillStyle = CLOTHES[n % CLOTHES.length];
  c.beginPath();
  c.ellipse(x - sway / 2, h * 1.06, size * 2.1, h * 0.42, 0, 0, Math.PI * 2);
  c.fill();
  c.fillStyle = HAIR[n % HAIR.length];
  c.beginPath();
  c.ellipse(x, y - size * 0.22, size * (n % 2 ? 1.04 : 0.92), size * (n % 2 ? 1.3 : 1.06), 0, 0, Math.PI * 2);
  c.fill();
  if (n % 2) c.fillRect(x - size * 1.02, y - size * 0.2, size * 2.04, size * 1.35);
  c.fillStyle = SKIN[n % SKIN.length];
  c.fillRect(x - size * 0.3, y + size * 0.5, size * 0.6, size * 0.8);
  c.beginPath();
  c.ellipse(x, y, size * 0.78, size * 0.98, 0, 0, Math.PI * 2);
  c.fill();
  c.fillStyle = HAIR[n % HAIR.length];
  c.beginPath();
  c.ellipse(x, y - size * 0.78, size * 0.76, size * 0.34, 0, 0, Math.PI * 2);
  c.fill();
  c.fillStyle = "#1d1512";
  for (const side of [-1, 1]) {
    c.beginPath();
    c.ellipse(x + side * size * 0.3, y - size * 0.02, size * 0.07, size * 0.08, 0, 0, Math.PI * 2);
    c.fill();
  }
  c.strokeStyle = "#6b2f2a";
  c.lineWidth = size * 0.06;
  c.lineCap = "round";
  c.beginPath();
  c.arc(x, y + size * 0.25, size * 0.3, 0.25 * Math.PI, 0.75 * Math.PI);
  c.stroke();
}

/** A shared screen: a plan with a chart. @returns {MediaStreamTrack} */
export function screenTrack() {
  const canvas = document.createElement("canvas");
  canvas.width = 1280;
  canvas.height = 720;
  const c = canvas.getContext("2d");
  const draw = () => {
    c.fillStyle = "#fbfaf6";
    c.fillRect(0, 0, 1280, 720);
    c.fillStyle = "#15252b";
    c.font = "600 44px sans-serif";
    c.fillText("Spring migration: the route", 70, 110);
    c.font = "24px sans-serif";
    c.fillStyle = "#54656d";
    c.fillText("Distance per day, in kilometres", 70, 156);
    [180, 260, 240, 330, 300, 410, 380, 440].forEach((height, i) => {
      c.fillStyle = i === 7 ? "#bf3a25" : "#1c6470";
      c.fillRect(90 + i * 140, 640 - height, 92, height);
    });
    c.fillStyle = "#15252b";
    c.fillRect(70, 640, 1140, 3);
    requestAnimationFrame(draw);
  };
  draw();
  return canvas.captureStream(5).getVideoTracks()[0];
}
