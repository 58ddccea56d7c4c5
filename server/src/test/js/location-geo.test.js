import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromTiles, inMainlandChina, toTiles } from "../../main/resources/web/features/location/geo/china.js";
import {
  decimal,
  geoUri,
  normalize,
  parse,
  round,
  wrap,
} from "../../main/resources/web/features/location/geo/coordinates.js";
import { bearing, direction, distance, readable } from "../../main/resources/web/features/location/geo/distance.js";
import { clip, rings } from "../../main/resources/web/features/location/geo/land.js";
import {
  graticuleLabel,
  graticuleStep,
  metresPerPixel,
  project,
  unproject,
} from "../../main/resources/web/features/location/geo/mercator.js";
import { cell, centre, coarseWalk, columns, follow } from "../../main/resources/web/features/location/grid.js";
import { seeded } from "./fakes.js";

const at = (latitude, longitude) => ({ latitude, longitude });
const MILAN = at(45.4642, 9.19);
const resource = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

function assertNear(actual, expected, within, message) {
  assert.ok(Math.abs(actual - expected) <= within, `${message ?? ""} ${actual} is not ${expected} ± ${within}`);
}

// Coordinates

const WRITTEN = {
  "45.4642, 9.19": MILAN,
  "45.4642 9.1900": MILAN,
  "  45.4642,9.19 ": MILAN,
  "45,4642, 9,19": MILAN,
  "45,4642; 9,19": MILAN,
  "45.4642° N, 9.19° E": MILAN,
  "45.4642N 9.19E": MILAN,
  "-33.8568, 151.2153": at(-33.8568, 151.2153),
  "−33.8568, 151.2153": at(-33.8568, 151.2153),
  "33.8568 S, 151.2153 E": at(-33.8568, 151.2153),
  "22.9519° S 43.2105° W": at(-22.9519, -43.2105),
  "22.9519 S 43.2105 O": at(-22.9519, -43.2105),
  "45°27′51″N 9°11′24″E": at(45.464167, 9.19),
  "45°27'51\"N, 9°11'24\"E": at(45.464167, 9.19),
  "N 45° 27' 51\" E 9° 11' 24\"": at(45.464167, 9.19),
  "45 27 51 N 9 11 24 E": at(45.464167, 9.19),
  "45° 27.85' N, 9° 11.4' E": at(45.464167, 9.19),
  "33°51'24.5\"S 151°12'55.1\"E": at(-33.856806, 151.215306),
  "geo:45.4642,9.19": MILAN,
  "GEO:45.4642,9.19;u=35": MILAN,
  "geo:45.4642,9.19?q=45.4642,9.19(Duomo)": MILAN,
  "geo:45.4642,9.19,120": MILAN,
  "４５.４６４２，９.１９": MILAN,
  "0, 0": at(0, 0),
  "90, 180": at(90, 180),
  "-90, -180": at(-90, -180),
};
for (const [text, expected] of Object.entries(WRITTEN)) {
  test(`parse_${JSON.stringify(text)}_isRead`, () => assert.deepEqual(parse(text), expected));
}

const NO_COORDINATES = [
  "",
  "Milano",
  "45.4642",
  "91, 9",
  "45, 181",
  "45.4642 N, 9.19",
  "45°60′N 9°E",
  "45°27′61″N 9°E",
  "Via Dante 12",
  "geo:91,9",
  "geo:",
  "12:30",
  "45.4642, 9.19, 12, 13",
  "1e3, 5",
  "NaN, 3",
  "Infinity, 3",
];
for (const text of NO_COORDINATES) {
  test(`parse_${JSON.stringify(text)}_isNothing`, () => assert.equal(parse(text), null));
}

test("parse_ofWhatIsShown_returnsThePoint", () => {
  const random = seeded(7);
  for (let i = 0; i < 500; i++) {
    const point = at(random() * 180 - 90, random() * 360 - 180);
    assert.deepEqual(parse(geoUri(point)), normalize(point));
    const read = parse(decimal(point));
    assertNear(read.latitude, point.latitude, 0.000_006);
    assertNear(read.longitude, point.longitude, 0.000_006);
  }
});

test("geoUri_withAName_escapesIt", () => {
  assert.equal(geoUri(MILAN), "geo:45.4642,9.19?q=45.4642,9.19");
  assert.equal(geoUri(MILAN, "Bar (2) & co"), "geo:45.4642,9.19?q=45.4642,9.19(Bar%20%282%29%20%26%20co)");
});

test("normalize_ofAMapThatRepeatsTheWorld_isOnEarth", () => {
  assert.deepEqual(normalize(at(91, 190)), at(90, -170));
  assert.deepEqual(normalize(at(-45.12345678, -539.5)), at(-45.123457, -179.5));
  assert.equal(wrap(180), 180);
  assert.equal(wrap(540), -180);
  assert.ok(Object.is(round(-0.000_000_1), 0));
});

// Distances

test("distance_ofKnownPoints_isRight", () => {
  assert.equal(distance(MILAN, MILAN), 0);
  assertNear(distance(at(0, 0), at(0, 1)), 111_195, 1);
  assertNear(distance(at(90, 0), at(-90, 0)), Math.PI * 6_371_008.8, 1);
  // Paris and New York, by great circle.
  assertNear(distance(at(48.8566, 2.3522), at(40.7128, -74.006)), 5_837_000, 5_000);
  assertNear(distance(at(10, 179.9), at(10, -179.9)), 21_901, 5);
});

test("direction_ofABearing_isThePointOfTheCompass", () => {
  assert.equal(direction(bearing(MILAN, at(46, 9.19))), "n");
  assert.equal(direction(bearing(MILAN, at(45.4742, 9.2043))), "ne");
  assert.equal(direction(bearing(MILAN, at(45.4642, 8))), "w");
  assert.equal(direction(bearing(at(10, 179.9), at(10, -179.9))), "e");
  assert.equal(direction(359), "n");
  assert.equal(direction(-45), "nw");
  assert.equal(direction(202), "s");
});

test("readable_ofADistance_hasNoFalsePrecision", () => {
  const text = (metres) => {
    const { value, unit, digits } = readable(metres);
    return `${value.toFixed(digits)} ${unit}`;
  };
  const expected = {
    0: "0 meter",
    7.4: "7 meter",
    99.7: "100 meter",
    123: "120 meter",
    994: "990 meter",
    996: "1.0 kilometer",
    1_234: "1.2 kilometer",
    9_940: "9.9 kilometer",
    9_960: "10 kilometer",
    1_234_567: "1235 kilometer",
  };
  for (const [metres, words] of Object.entries(expected)) assert.equal(text(Number(metres)), words);
});

// Chinese tiles. The published values are those of the tests of coordtransform, and of geotool.

test("toTiles_ofPublishedPoints_isAsPublished", () => {
  const gcj = toTiles(at(39.915, 116.404), "gcj02");
  assertNear(gcj.longitude, 116.41024449916938, 1e-9);
  assertNear(gcj.latitude, 39.91640428150164, 1e-9);
  const other = toTiles(at(30.6107779, 121.0917077), "gcj02");
  assertNear(other.longitude, 121.09626935575027, 1e-6);
  assertNear(other.latitude, 30.608604331756705, 1e-6);
  const baidu = toTiles(at(30.6107779, 121.0917077), "bd09");
  assertNear(baidu.longitude, 121.10271732371203, 1e-6);
  assertNear(baidu.latitude, 30.61484572185035, 1e-6);
});

test("toTiles_outsideOfMainlandChina_isTheSamePoint", () => {
  const places = {
    Milan: MILAN,
    Taipei: at(25.033, 121.5654),
    "Hong Kong": at(22.3193, 114.1694),
    Tokyo: at(35.68, 139.76),
    Macao: at(22.1987, 113.5439),
    Hanoi: at(21.0278, 105.8342),
    Ulaanbaatar: at(47.8864, 106.9057),
  };
  for (const [name, point] of Object.entries(places)) {
    assert.equal(inMainlandChina(point), false, name);
    assert.deepEqual(toTiles(point, "gcj02"), point, name);
    assert.deepEqual(fromTiles(point, "bd09"), point, name);
  }
  const cities = [
    at(39.9, 116.4),
    at(31.23, 121.47),
    at(23.13, 113.26),
    at(43.82, 87.61),
    at(29.65, 91.14),
    at(45.8, 126.53),
  ];
  for (const city of cities) assert.ok(inMainlandChina(city), JSON.stringify(city));
});

test("fromTiles_ofADrawnPoint_isThePoint", () => {
  const random = seeded(3);
  for (const crs of ["wgs84", "gcj02", "bd09"]) {
    for (let i = 0; i < 300; i++) {
      const point = at(24 + random() * 17, 100 + random() * 17);
      const back = fromTiles(toTiles(point, crs), crs);
      assert.ok(distance(point, back) < 0.01, `${crs} ${JSON.stringify(point)} ${distance(point, back)}`);
    }
  }
});

// The grid

const table = resource("../resources/im/hongyan/location/grid.json").cells;

test("cell_ofTheTable_isThatOfTheServer", () => {
  assert.ok(table.length > 30);
  for (const { what, cellKm, latitude, longitude, row, column, columns: across, ...middle } of table) {
    assert.deepEqual(cell(at(latitude, longitude), cellKm), { row, column }, what);
    assert.equal(columns(row, cellKm), across, what);
    const expected = at(middle.centreLatitude, middle.centreLongitude);
    assert.deepEqual(centre({ row, column }, cellKm), expected, what);
    assert.deepEqual(coarseWalk(cellKm).snap(at(latitude, longitude)), expected, what);
  }
});

test("coarseWalk_ofAFix_hasOnlyTheCell", () => {
  const fix = { ...MILAN, accuracy: 5, heading: 90, speed: 3, measuredAt: "2026-01-01T00:00:00Z" };
  const snapped = coarseWalk(1).fix(fix);
  assert.deepEqual(Object.keys(snapped).sort(), ["accuracy", "latitude", "longitude", "measuredAt"]);
  assert.equal(snapped.accuracy, 1000);
  assert.deepEqual(coarseWalk(1).fix({ ...fix, latitude: MILAN.latitude + 0.0001 }), snapped);
});

test("coarseWalk_alongAnEdge_staysInItsCell_untilAFifthBeyondIt", () => {
  for (const cellKm of [1, 5]) {
    const middle = centre(cell(MILAN, cellKm), cellKm);
    const { row, column } = cell(MILAN, cellKm);
    const height = centre({ row: row + 1, column }, cellKm).latitude - middle.latitude;
    const walk = coarseWalk(cellKm);
    walk.snap(middle);
    const north = (part) => at(middle.latitude + part * height, middle.longitude);
    for (const part of [0.4, 0.55, 0.45, 0.69, -0.69]) assert.deepEqual(walk.snap(north(part)), middle, String(part));
    assert.notDeepEqual(walk.snap(north(0.71)), middle);
    // Back again: now the other cell holds.
    assert.notDeepEqual(walk.snap(north(0.45)), middle);
    assert.deepEqual(walk.snap(north(0.29)), middle);
    // After a reload, the last point that was sent says which cell it was.
    assert.deepEqual(coarseWalk(cellKm, middle).snap(north(0.6)), middle);
  }
  const edge = cell(at(10, 179.999), 1);
  assert.deepEqual(follow(edge, at(10, -179.999), 1), edge);
});

// The drawing

test("unproject_ofAProjectedPoint_isThePoint", () => {
  for (const point of [MILAN, at(-60, 170), at(0, 0)]) {
    const back = unproject(project(point, 12), 12);
    assertNear(back.latitude, point.latitude, 1e-9);
    assertNear(back.longitude, point.longitude, 1e-9);
  }
  assert.deepEqual(project(at(0, 0), 0), { x: 128, y: 128 });
  assertNear(metresPerPixel(0, 0), 156_543, 1);
});

test("graticule_ofAZoom_hasLinesAtRoundNumbers", () => {
  assert.equal(graticuleStep(0), 45);
  assert.equal(graticuleStep(3), 30);
  assert.equal(graticuleStep(10), 0.2);
  assert.equal(graticuleStep(17), 0.002);
  assert.equal(graticuleLabel(0.30000000000000004, "latitude", 0.1), "0.3° N");
  assert.equal(graticuleLabel(-45, "longitude", 15), "45° W");
  assert.equal(graticuleLabel(9.005, "longitude", 0.005), "9.005° E");
  assert.equal(graticuleLabel(0, "latitude", 15), "0°");
});

test("rings_ofATopology_areJoinedAndReversed", () => {
  const topology = {
    transform: { scale: [1, 1], translate: [0, 0] },
    // A square of two arcs, of which the second is used backwards.
    arcs: [
      [
        [0, 0],
        [10, 0],
        [0, 10],
      ],
      [
        [0, 0],
        [0, 10],
        [10, 0],
      ],
    ],
    objects: { land: { geometries: [{ type: "Polygon", arcs: [[0, ~1]] }] } },
  };
  const [{ points, box }] = rings(topology);
  assert.equal(points.length, 10);
  assert.deepEqual([points[0], points[1]], [points[8], points[9]]);
  assertNear(box.x, 0.5, 1e-12);
  assertNear(box.w, 10 / 360, 1e-12);
});

test("clip_ofTheLandThatShips_staysInTheBox", () => {
  const land = rings(resource("../../main/resources/web/features/location/vendor/land-50m.json"));
  assert.ok(land.length > 1_400);
  const { x, y } = project(MILAN, 0);
  const around = { x: x / 256 - 0.0005, y: y / 256 - 0.0005, w: 0.001, h: 0.001 };
  const area = (ring) => Math.abs(shoelace(clip(ring, around)));
  // Milan is inland: the clipped land is the whole box.
  assertNear(land.reduce((sum, ring) => sum + area(ring), 0) / (0.001 * 0.001), 1, 1e-6);
  const atlantic = { x: 0.4, y: 0.45, w: 0.01, h: 0.01 };
  assert.equal(land.flatMap((ring) => [...clip(ring, atlantic)]).length, 0);
  const genoa = project(at(44.4, 8.9), 0);
  const coast = { x: genoa.x / 256 - 0.003, y: genoa.y / 256 - 0.003, w: 0.006, h: 0.006 };
  const part = land.reduce((sum, ring) => sum + Math.abs(shoelace(clip(ring, coast))), 0) / (0.006 * 0.006);
  assert.ok(part > 0.3 && part < 0.8, String(part));
  for (const ring of land) {
    const kept = clip(ring, coast);
    for (let i = 0; i < kept.length; i += 2) {
      assert.ok(kept[i] >= coast.x - 1e-12 && kept[i] <= coast.x + coast.w + 1e-12);
      assert.ok(kept[i + 1] >= coast.y - 1e-12 && kept[i + 1] <= coast.y + coast.h + 1e-12);
    }
  }
});

function shoelace(points) {
  let sum = 0;
  for (let i = 0; i < points.length; i += 2) {
    const j = (i + 2) % points.length;
    sum += points[i] * points[j + 1] - points[j] * points[i + 1];
  }
  return sum / 2;
}
