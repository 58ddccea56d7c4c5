/** The strokes of all icons. */
const LINE = 'fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"';

export default `<svg xmlns="http://www.w3.org/2000/svg">
  <symbol id="wallet" viewBox="0 0 24 24" ${LINE}>
    <path d="M17 8.500V4.500H6.800a2.300 2.300 0 0 0 0 4.500H18a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H7a2.500 2.500 0 0
      1-2.500-2.500V7"/>
    <path d="M16 14.500v.1"/>
  </symbol>
  <symbol id="transfer" viewBox="0 0 24 24" ${LINE}>
    <path d="M4 9h15.500L15.500 5M20 15H4.500l4 4"/>
  </symbol>
  <symbol id="top-up" viewBox="0 0 24 24" ${LINE}>
    <circle cx="12" cy="12" r="8.500"/>
    <path d="M12 8v8M8 12h8"/>
  </symbol>
  <symbol id="bird" viewBox="-17 -14 34 18"
    fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
    <path d="M-15-6C-9-7-4-4 0 0 2-6 7-10 14-11M0 0c3 .4 6 0 9-1.600"/>
  </symbol>
</svg>`;
