/**
 * The program of the page: draws the charts from the data that stands in it. It needs `uPlot`, loads
 * nothing, and puts no text into the page but as text.
 *
 * This module performs no I/O: the program is text here.
 *
 * @module
 */

/** The program; in ASCII, since bundlers write other characters as escapes, which a raw template takes literally. */
export const SCRIPT = String.raw`
(function () {
"use strict";
var data = JSON.parse(document.getElementById("chart-data").textContent);
var SHAPE = { us: micros, rate: perSecond, count: count };
var drawn = [];
/** Of messages there is no half: 1, 2 and 5 of each power of ten. */
var WHOLE = [];
for (var power = 1; power < 1e15; power *= 10) WHOLE.push(power, 2 * power, 5 * power);

function grouped(whole) { return String(whole).replace(/\B(?=(\d{3})+$)/g, ","); }
function count(value) {
  return Number.isInteger(value) ? grouped(value) : String(Number(value.toPrecision(3)));
}
function perSecond(value) {
  return (value >= 999.95 ? grouped(Math.round(value)) : Number(value.toPrecision(4))) + "/s";
}
function micros(us) {
  if (us < 1) return us === 0 ? "0" : Number(us.toPrecision(1)) + " \u00b5s";
  if (us < 999.5) return Number(us.toPrecision(3)) + " \u00b5s";
  if (us < 999500) return Number((us / 1e3).toPrecision(3)) + " ms";
  return count(Number((us / 1e6).toPrecision(3))) + " s";
}
function two(number) { return (number < 10 ? "0" : "") + number; }
/** A time since t0, in the words of its scale: 1.5 s, 2:05 min, 1:02:05 h; on the axis of hours without seconds that are 0. */
function clock(seconds, onAxis) {
  if (data.end <= 120) return Number(seconds.toFixed(3)) + " s";
  var whole = Math.floor(seconds + 1e-6), rest = seconds - whole;
  var part = two(whole % 60) + (rest > 0.001 ? Number(rest.toFixed(3)).toString().slice(1) : "");
  var minutes = Math.floor(whole / 60);
  if (data.end < 3600) return minutes + ":" + part + " min";
  var hours = Math.floor(minutes / 60) + ":" + two(minutes % 60);
  return hours + (onAxis && part === "00" ? "" : ":" + part) + " h";
}
function share(place) {
  var percent = 100 * (1 - Math.pow(10, -place));
  return Number(percent.toFixed(Math.ceil(place) + 1)) + " %";
}

/** So much of one colour on the other, both as #rrggbb. */
function mixed(above, below, part) {
  return "#" + [1, 3, 5].map(function (at) {
    var of = function (hex) { return parseInt(hex.slice(at, at + 2), 16); };
    return (256 + Math.round(of(above) * part + of(below) * (1 - part))).toString(16).slice(1);
  }).join("");
}

function drawing(chart, log) {
  var style = getComputedStyle(document.documentElement);
  var color = function (name) { return style.getPropertyValue("--" + name).trim(); };
  var overTime = chart.places === undefined;
  var points = overTime ? data.starts : chart.places;
  var last = points.length - 1;
  var shape = SHAPE[chart.unit];
  var font = "12px system-ui, sans-serif";
  var axis = { stroke: color("muted"), font: font, grid: { stroke: color("grid"), width: 1 }, ticks: { stroke: color("line"), width: 1, size: 5 } };
  // Over time each point is a step: it stands twice, where it begins and where it ends.
  function pointOf(at) { return overTime ? at >> 1 : at; }
  function steps(values, ends) {
    var all = [];
    values.forEach(function (value, i) { all.push(value, ends(i)); });
    return all;
  }
  var xs = overTime ? steps(points, function (i) { return i < last ? points[i + 1] : data.end; }) : points;

  function columnOf(series, index) {
    // Nothing is below the ground of a logarithmic scale: 0 us is drawn as 1 us.
    var values = log ? series.values.map(function (v) { return v === 0 ? 1 : v; }) : series.values;
    // The first stands on all that come after it, and those are drawn over it.
    if (chart.stacked) {
      values = values.map(function (v, at) {
        return chart.series.slice(index).reduce(function (sum, each) { return sum + each.values[at]; }, 0);
      });
    }
    return overTime ? steps(values, function (i) { return values[i]; }) : values;
  }
  function isWide(min, max) { return max / min > 500; }
  /** The values 1, 2 and 5 of each power of ten; of many powers, 1 alone. */
  function decades(u) {
    var min = u.scales.y.min, max = u.scales.y.max, found = [];
    var wide = isWide(min, max);
    for (var power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) {
      (wide ? [1] : [1, 2, 5]).forEach(function (step) {
        var value = Number((step * Math.pow(10, power)).toPrecision(1));
        if (value >= min * 0.999 && value <= max * 1.001) found.push(value);
      });
    }
    return found;
  }
  function logRange(u, min, max) {
    if (min === null || !(min > 0)) return [1, 10];
    var low = Math.pow(10, Math.floor(Math.log10(min))), high = Math.pow(10, Math.floor(Math.log10(max)));
    // A line at the very edge would not be seen.
    low *= min / low > 5.2 ? 5 : min / low > 2.1 ? 2 : min / low > 1.05 ? 1 : 0.5;
    high *= max / high > 4.7 ? 10 : max / high > 1.9 ? 5 : 2;
    // Of many powers each has one label: the greatest value lies below the last.
    return isWide(low, high) ? [low, Math.pow(10, Math.ceil(Math.log10(high) - 1e-9))] : [low, high];
  }
  /** Flat from the beginning of each point to its end, and nothing where nothing was measured. */
  function stepPaths(u, index, first, end) {
    var line = new Path2D(), area = new Path2D(), values = u.data[index], until = null;
    var ground = u.valToPos(u.scales.y.min, "y", true);
    function close() {
      if (until === null) return;
      area.lineTo(until, ground);
      area.closePath();
      until = null;
    }
    for (var i = first - first % 2; i <= end; i += 2) {
      if (values[i] === null) { close(); continue; }
      var y = u.valToPos(values[i], "y", true), from = u.valToPos(xs[i], "x", true);
      if (until === null) {
        line.moveTo(from, y);
        area.moveTo(from, ground);
      }
      until = u.valToPos(xs[i + 1], "x", true);
      [line, area].forEach(function (path) { path.lineTo(from, y); path.lineTo(until, y); });
    }
    close();
    return { stroke: line, fill: u.series[index].fill ? area : null, clip: null, band: null, gaps: null, flags: 1 };
  }
  function seriesOf(series) {
    var stroke = color(series.tone);
    var area = chart.stacked ? mixed(stroke, color("surface"), 0.45) : series.fill ? stroke + "22" : undefined;
    return {
      label: series.label,
      stroke: stroke,
      width: 1.5,
      dash: series.dash ? [6, 4] : undefined,
      fill: area,
      points: overTime ? { show: false } : { show: chart.places.length < 20, size: 6, fill: stroke },
      paths: overTime ? stepPaths : undefined,
      spanGaps: !overTime,
      value: function (u, value, i, at) {
        if (at === null || at === undefined) return "";
        var exact = series.values[pointOf(at)];
        return exact === null || exact === undefined ? "\u2013" : shape(exact);
      },
    };
  }
  function below(value) { return value === null || value === undefined ? "" : shape(value); }
  function shadeLimited(u) {
    if (!overTime) return;
    u.ctx.save();
    u.ctx.fillStyle = color("limited");
    data.limited.forEach(function (stretch) {
      var from = Math.max(u.valToPos(stretch[0], "x", true), u.bbox.left);
      var to = Math.min(u.valToPos(stretch[1], "x", true), u.bbox.left + u.bbox.width);
      if (to > from) u.ctx.fillRect(from, u.bbox.top, to - from, u.bbox.height);
    });
    u.ctx.restore();
  }
  function drawMarks(u) {
    if (!overTime) return;
    var ctx = u.ctx, ratio = uPlot.pxRatio, free = ctx.canvas.width;
    ctx.save();
    ctx.strokeStyle = color("muted");
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.font = 11 * ratio + "px system-ui, sans-serif";
    ctx.fillStyle = color("muted");
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    var marks = data.marks.map(function (mark) {
      return { x: Math.round(u.valToPos(mark.at, "x", true)), text: mark.text.length > 40 ? mark.text.slice(0, 39) + "\u2026" : mark.text };
    }).filter(function (mark) { return mark.x >= u.bbox.left && mark.x <= u.bbox.left + u.bbox.width; });
    marks.forEach(function (mark) {
      ctx.beginPath();
      ctx.moveTo(mark.x, u.bbox.top);
      ctx.lineTo(mark.x, u.bbox.top + u.bbox.height);
      ctx.stroke();
    });
    // Above the plot, where no line is.
    marks.reverse().forEach(function (mark) {
      var width = ctx.measureText(mark.text).width + 8 * ratio;
      // A label that would cover another is left out: its line is there, and the words are in the tables.
      var right = Math.max(mark.x + 4 * ratio, width);
      if (right > free) return;
      ctx.fillText(mark.text, right - 4 * ratio, u.bbox.top - 2 * ratio);
      free = right - width;
    });
    ctx.restore();
  }
  return {
    data: [xs].concat(chart.series.map(columnOf)),
    options: {
      width: 300,
      height: 250,
      ms: 1,
      padding: [overTime && data.marks.length > 0 ? 20 : 12, 26, 0, 0],
      cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false, setScale: true }, sync: overTime ? { key: "time" } : undefined },
      legend: { markers: { fill: function (u, i) { return u.series[i].stroke(u, i); } } },
      scales: {
        x: { time: false, range: function (u, min, max) { return [min, max > min ? max : min + 1]; } },
        y: log
          ? { distr: 3, range: logRange }
          : { range: function (u, min, max) { return [0, max > 0 ? max * 1.08 : 1]; } },
      },
      axes: [
        Object.assign({}, axis, overTime
          ? {
            size: 34,
            space: 76,
            incrs: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800],
            values: function (u, splits) { return splits.map(function (at) { return clock(at, true); }); },
          }
          : {
            size: 34,
            splits: function (u) {
              var at = [Math.log10(2)];
              for (var nine = 1; nine <= u.scales.x.max; nine++) at.push(nine);
              return at;
            },
            values: function (u, splits) {
              var nine = u.bbox.width / uPlot.pxRatio / u.scales.x.max, every = Math.ceil(70 / nine);
              return splits.map(function (at) { return (at < 1 ? nine < 80 : (at - 1) % every > 0) ? "" : share(at); });
            },
          }),
        Object.assign({}, axis, { size: 72, space: 34, values: function (u, splits) { return splits.map(below); } }, chart.unit === "count" ? { incrs: WHOLE } : {}, log ? { splits: decades, filter: function (u, splits) { return splits; } } : {}),
      ],
      series: [{
        label: overTime ? "at" : "of all",
        value: function (u, value, i, at) {
          if (at === null || at === undefined) return "";
          return overTime ? clock(points[pointOf(at)], false) : share(xs[at]);
        },
      }].concat(chart.series.map(seriesOf)),
      hooks: { drawClear: [shadeLimited], draw: [drawMarks] },
    },
  };
}

function show(item) {
  if (item.plot) item.plot.destroy();
  var made = drawing(item.chart, item.log === true);
  made.options.width = Math.max(240, item.place.clientWidth);
  item.plot = new uPlot(made.options, made.data, item.place);
}
function showAll() { drawn.forEach(show); }

data.charts.forEach(function (chart) {
  var figure = document.getElementById("chart-" + chart.name);
  figure.hidden = false;
  var item = { chart: chart, log: chart.log, place: figure.querySelector(".plot"), plot: null };
  drawn.push(item);
  if (chart.log !== null) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "scale";
    var name = function () { button.textContent = item.log ? "linear" : "log"; button.title = "Draw it on a " + (item.log ? "linear" : "logarithmic") + " scale"; };
    button.addEventListener("click", function () { item.log = !item.log; name(); show(item); });
    name();
    figure.querySelector("figcaption").appendChild(button);
  }
});
document.querySelectorAll(".drawn").forEach(function (note) { note.hidden = false; });
showAll();

if (window.ResizeObserver) {
  new ResizeObserver(function () {
    drawn.forEach(function (item) {
      var width = Math.max(240, item.place.clientWidth);
      if (width !== item.plot.width) item.plot.setSize({ width: width, height: item.plot.height });
    });
  }).observe(document.querySelector(".charts"));
}
if (window.matchMedia) matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showAll);
window.addEventListener("beforeprint", function () {
  document.documentElement.setAttribute("data-paper", "");
  showAll();
});
window.addEventListener("afterprint", function () {
  document.documentElement.removeAttribute("data-paper");
  showAll();
});
})();
`;
