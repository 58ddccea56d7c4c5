export default `<svg xmlns="http://www.w3.org/2000/svg">
  <symbol id="poll" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round">
    <path d="M6 20v-7M12 20V5M18 20v-10"/>
  </symbol>
</svg>`;
