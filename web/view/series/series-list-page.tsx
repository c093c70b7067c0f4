export const SeriesListPage = () => <h1>Standing series</h1>
