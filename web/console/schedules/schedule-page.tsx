export const SchedulePage = () => <h1>Schedule</h1>
